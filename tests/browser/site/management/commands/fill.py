"""Fill the empty database of the site; print who is signed in and what can be opened, as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from tests.browser.site.places import places
from tests.browser.site.told import sign_in, tell


class Command(BaseCommand):
    help = "Fills the database of the site that the browser looks at."

    def handle(self, *args: Any, **options: Any) -> None:
        tell()
        session = sign_in()
        self.stdout.write(json.dumps({"session": session, **places()}))
