"""`DEBUG=0 gunicorn project.wsgi`, with the secrets that this asks for."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
# Read by the settings: worker threads live on here, and so may their connections.
os.environ["PROJECT_SERVER"] = "wsgi"

application = get_wsgi_application()
