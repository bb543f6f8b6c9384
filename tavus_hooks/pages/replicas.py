"""The list of replicas, and the page of one replica."""

from typing import Any

from ..filters import ReplicaFilter
from ..models import Conversation, Replica, Video
from .base import FEW, DetailPage, ListPage, name_of


class ReplicaListPage(ListPage):
    model = Replica
    filterset_class = ReplicaFilter


class ReplicaPage(DetailPage):
    """A replica, with the newest videos and conversations that name it."""

    model = Replica

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        for model in (Video, Conversation):
            if name_of(model) in self.viewable:
                rows = self.visible(model.objects.brief())
                made = rows.filter(replica_id=self.object.replica_id)
                kwargs[f"{name_of(model)}s"] = self.table(model, made[:FEW], "replica_id")
        return super().get_context_data(**self.newest_callback(), **kwargs)
