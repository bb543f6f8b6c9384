"""Each verb that a user may be given names a permission, and the package exports it."""

from importlib import import_module

import pytest
from django.contrib.auth.models import Permission

from tavus_hooks import actions

VERBS = {
    "forget": "forget",
    "hold": "forget",
    "replay": "handle_callback",
    "resolve": "resolve_failure",
    "withdraw": "add_withdrawal",
}


@pytest.mark.django_db
@pytest.mark.parametrize(("verb", "codename"), VERBS.items())
def test_a_verb_names_a_permission_that_there_is(verb, codename):
    module = import_module(f"tavus_hooks.actions.{verb}")
    assert f"tavus_hooks.{codename}" == module.PERMISSION
    assert Permission.objects.filter(
        content_type__app_label="tavus_hooks", codename=codename
    ).exists()
    assert verb in actions.__all__
