"""`DEBUG=0 uvicorn project.asgi:application`, with the secrets that this asks for."""

import os
import warnings

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
# Read by the settings: each request has a thread of its own here, and takes its connection along.
os.environ["PROJECT_SERVER"] = "asgi"

# How WhiteNoise sends a file, which is small here. Django warns for the sake of endless streams.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")

application = get_asgi_application()
