"""The list of replicas, and the page of one replica."""

from ..filters import ReplicaFilter
from ..models import Replica
from .base import DetailPage, ListPage


class ReplicaListPage(ListPage):
    model = Replica
    filterset_class = ReplicaFilter


class ReplicaPage(DetailPage):
    model = Replica
