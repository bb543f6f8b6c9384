"""The demo site's settings, with what the tests of real faults change by the environment."""

import json

from project import env
from project.settings import *  # noqa: F403
from project.settings import DATABASES, INSTALLED_APPS, TAVUS_HOOKS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.site.apps.SiteConfig"]
TAVUS_HOOKS = {**TAVUS_HOOKS, **json.loads(env.text("FAULTS_TAVUS_HOOKS", "{}"))}
DATABASES["default"].update(json.loads(env.text("FAULTS_DATABASE", "{}")))

REDIS = env.text("FAULTS_REDIS")

CELERY_BROKER_URL = REDIS
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 5}

match env.text("FAULTS_TASKS"):
    case "rq":
        INSTALLED_APPS += ["django_rq", "django_tasks_rq"]
        TASKS = {"default": {"BACKEND": "django_tasks_rq.RQBackend", "QUEUES": ["default"]}}
        RQ_QUEUES = {"default": {"URL": f"{REDIS}?socket_connect_timeout=2&socket_timeout=5"}}
    case "db":
        INSTALLED_APPS += ["django_tasks_db"]
        TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
