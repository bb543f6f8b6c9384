"""Secrets are replaced while URLs that the old one signed are still in use."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tavus_hooks.address import callback_url, key_id
from tavus_hooks.kinds.doctor import signed
from tavus_hooks.models import DOCTOR, Callback
from tests.webhook.conftest import VIDEO, path_with

pytestmark = pytest.mark.django_db

OLD, NEW = "the old secret that signs no more URLs", "the new secret that signs from now on"


def made():
    return urlsplit(callback_url(base_url="https://example.com", reference="shop.order:42")).path


def post(path):
    return Client().post(path, VIDEO, content_type="application/json").status_code


def test_a_new_secret_signs_and_the_old_one_still_verifies(hooks):
    hooks(SECRETS=[OLD])
    old = made()
    hooks(SECRETS=[NEW, OLD])
    new = made()
    assert new != old
    assert (post(old), post(new)) == (200, 200)
    assert {callback.reference for callback in Callback.objects.all()} == {"shop.order:42"}


def test_a_secret_that_is_taken_out_withdraws_every_url_that_it_signed(hooks):
    hooks(SECRETS=[OLD])
    old = made()
    hooks(SECRETS=[NEW])
    assert (post(old), post(made())) == (403, 200)


def test_the_doctor_is_known_by_each_secret_and_by_no_other(hooks, receive):
    hooks(SECRETS=[OLD])
    old = signed("1")
    hooks(SECRETS=[NEW, OLD])
    assert receive(old).kind == receive(signed("2")).kind == DOCTOR
    hooks(SECRETS=[NEW])
    assert receive(old).kind != DOCTOR


def test_every_callback_tells_by_which_key_it_came(hooks, admin_client):
    static = "a-static-token-that-was-typed-by-hand"
    hooks(SECRETS=[OLD])
    paths = {OLD: made()}
    hooks(SECRETS=[NEW, OLD], STATIC_TOKENS=[static])
    paths |= {NEW: made(), static: path_with(static)}
    for secret, path in paths.items():
        assert post(path) == 200
        callback = Callback.objects.first()
        assert callback.key_id == key_id(secret)
        api = admin_client.get(f"/tavus/api/callbacks/{callback.pk}/").json()
        assert api["key_id"] == key_id(secret)


def test_a_key_tells_nothing_of_its_secret():
    assert re.fullmatch("[0-9a-f]{8}", key_id(OLD))
    assert key_id(OLD) != key_id(NEW)
    assert key_id(OLD) not in callback_url(base_url="https://example.com")


def test_the_order_of_secrets_decides_only_which_one_signs(hooks):
    hooks(SECRETS=[NEW, OLD])
    path = made()
    hooks(SECRETS=[OLD, NEW])
    assert made() != path
    assert post(path) == 200
    assert Callback.objects.get().key_id == key_id(NEW)
