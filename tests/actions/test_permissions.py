"""Each verb that a user may be given names a permission, and the documentation tells both."""

from importlib import import_module

import pytest
from django.contrib.auth.models import Permission

from tavus_hooks import actions
from tests.test_docs import named, rows

TABLE = {
    function: named(permissions)
    for functions, _, permissions in rows("operations.md", "Function")
    for function in named(functions)
}
VERBS = ("forget", "hold", "replay", "resolve", "withdraw")
NO_VERBS = {"ForgottenError", "HeldError", "Replay"}


def test_every_verb_stands_in_the_documentation():
    assert TABLE.keys() == set(actions.__all__) - NO_VERBS


@pytest.mark.django_db
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_names_the_permission_that_is_documented(verb):
    module = import_module(f"tavus_hooks.actions.{verb}")
    assert TABLE[verb][0] == module.PERMISSION


@pytest.mark.django_db
def test_every_permission_that_is_documented_can_be_given():
    documented = {name for permissions in TABLE.values() for name in permissions}
    ours = Permission.objects.filter(content_type__app_label="tavus_hooks")
    there = {f"tavus_hooks.{codename}" for codename in ours.values_list("codename", flat=True)}
    assert documented <= there
