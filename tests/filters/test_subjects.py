"""Which videos, replicas and documents each filter finds."""

import pytest

from tavus_hooks import filters
from tests.factories import (
    document,
    replica,
    video,
)
from tests.filters.asking import found, videos

pytestmark = pytest.mark.django_db


def replicas(query):
    return found(filters.ReplicaFilter, query, "replica_id")


def documents(query):
    return found(filters.DocumentFilter, query, "document_id")


def test_videos_are_found_by_status_and_ids(receive):
    receive(video("v1", replica_id="r1"))
    receive(video("v2", status="error", replica_id="r2"))
    assert videos("status=error") == ["v2"]
    assert videos("replica_id=r1") == ["v1"]
    assert videos("video_id=v2") == ["v2"]
    assert videos("video_id=v") == []


def test_videos_are_found_by_when_they_were_made_and_changed(receive):
    receive(video("v1", created_at="2024-08-28 15:00:00", updated_at="2024-08-28 16:00:00"))
    receive(video("v2", created_at="2024-08-29 15:00:00", updated_at="2024-08-29 16:00:00"))
    assert videos("created_at__gte=2024-08-29") == ["v2"]
    assert videos("created_at__lt=2024-08-29") == ["v1"]
    assert videos("updated_at__gte=2024-08-29") == ["v2"]
    assert videos("updated_at__lt=2024-08-29T16:00:00Z") == ["v1"]


def test_the_search_for_videos_looks_in_ids(receive):
    receive(video("v1", replica_id="r1"))
    receive(video("v2", replica_id="r2"))
    assert videos("q=r2") == ["v2"]
    assert videos("q=v1") == ["v1"]


def test_replicas_are_found_by_status_id_and_time(receive):
    receive(replica(replica_name="Ada"))
    receive(replica("r2", status="error", error_message="no"))
    assert replicas("status=error") == ["r2"]
    assert replicas("replica_id=r1") == ["r1"]
    assert replicas("q=r") == ["r2", "r1"]
    assert replicas("updated_at__gte=2000-01-01") == ["r2", "r1"]
    assert replicas("updated_at__lt=2000-01-01") == []


def test_documents_are_found_by_status_id_and_time(receive):
    receive({**document(), "updated_at": "2026-05-11T07:00:00"})
    receive(document("d2", status="error", updated_at="2026-05-12T07:00:00"))
    assert documents("status=error") == ["d2"]
    assert documents("document_id=d1") == ["d1"]
    assert documents("q=d") == ["d2", "d1"]
    assert documents("updated_at__gte=2026-05-12") == ["d2"]
    assert documents("updated_at__lt=2026-05-12") == ["d1"]
    assert documents("ordering=updated_at") == ["d1", "d2"]
