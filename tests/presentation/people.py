"""Who looks at what is personal, and what that is."""

from django.contrib.auth.models import Permission, User
from django.test import Client

SAID = "My account number is 12345"


def person(*codenames, **facts):
    """A client of a new user with these permissions of the app."""
    user = User.objects.create_user(f"person {User.objects.count()}", **facts)
    ours = Permission.objects.filter(content_type__app_label="tavus_hooks", codename__in=codenames)
    user.user_permissions.set(ours)
    client = Client()
    client.force_login(user)
    return client
