"""The site's Celery app, as Celery's documentation has it."""

from celery import Celery

app = Celery("faults")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
