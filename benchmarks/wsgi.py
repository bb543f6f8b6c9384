"""What gunicorn serves: connections are kept, as in production."""

import os

os.environ.setdefault("PROJECT_SERVER", "wsgi")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
