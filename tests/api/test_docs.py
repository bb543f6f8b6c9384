"""The page about the API names everything that can be asked and what everybody needs to ask."""

from pathlib import Path

import pytest

from tavus_hooks.api.urls import router
from tavus_hooks.api.viewsets import ReadingViewSet
from tavus_hooks.maintenance.health import health

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
VIEWSETS = [it for _, it, _ in router.registry if issubclass(it, ReadingViewSet)]


@pytest.mark.parametrize("viewset", VIEWSETS)
def test_every_filter_is_on_the_page(viewset):
    asked = viewset.filterset_class.base_filters
    missing = [name for name in asked if f"`{name}`" not in PAGE]
    assert not missing, f"Add a row for {missing} to docs/api.md."


@pytest.mark.parametrize("viewset", VIEWSETS)
def test_every_choice_of_a_filter_is_on_the_page(viewset):
    for name, asked in viewset.filterset_class.base_filters.items():
        choices = [choice for choice, _label in asked.extra.get("choices", ())]
        missing = [it for it in choices if f"`{it.removeprefix('-')}`" not in PAGE]
        assert not missing, f"Say in docs/api.md that {name} may be {missing}."


@pytest.mark.parametrize("viewset", VIEWSETS)
def test_every_permission_is_on_the_page(viewset):
    assert f"`tavus_hooks.view_{viewset.queryset.model._meta.model_name}`" in PAGE


@pytest.mark.parametrize("viewset", VIEWSETS)
def test_every_field_that_is_not_tavus_is_on_the_page(viewset):
    columns = {field.name for field in viewset.queryset.model._meta.concrete_fields}
    for serializer in (viewset.serializer_class, viewset.detail_serializer_class):
        shown = set(serializer.Meta.fields) - columns if serializer else set()
        missing = [name for name in sorted(shown) if f"`{name}`" not in PAGE]
        assert not missing, f"Say in docs/api.md what {missing} of {serializer.__name__} mean."


@pytest.mark.django_db
def test_every_figure_of_the_health_page_is_on_the_page():
    missing = [name for name in [*health(), "exceeded"] if f"`{name}`" not in PAGE]
    assert not missing, f"Say in docs/api.md what {missing} mean."
