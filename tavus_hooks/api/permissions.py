"""Who may read: whoever is logged in and may view the model in the admin."""

from rest_framework.permissions import SAFE_METHODS, DjangoModelPermissions


class ViewModelPermissions(DjangoModelPermissions):
    """Asks for the model's view permission, which its base does not. There is nothing to write."""

    perms_map = {method: ["%(app_label)s.view_%(model_name)s"] for method in SAFE_METHODS}
