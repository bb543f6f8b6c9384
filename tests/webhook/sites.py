"""A site in a folder of its own, its databases and its servers."""

import json
import shutil
import sqlite3
import sys
from contextlib import closing, contextmanager
from signal import SIGTERM

from tests.running import free_port, manage, started, wait_for

COMMANDS = {
    "gunicorn": ("-m", "gunicorn", "project.wsgi", "--bind=127.0.0.1:{port}"),
    "uvicorn": ("-m", "uvicorn", "project.asgi:application", "--port={port}"),
    "runserver": ("manage.py", "runserver", "--noreload", "127.0.0.1:{port}"),
}


BASE = "http://site.example"
MADE_READY = f"""
from django.contrib.auth.models import User
from django.core.management import call_command
for database in ("default", "elsewhere"):
    call_command("migrate", database=database, verbosity=0)
User.objects.create_superuser("ada", password="ada")
call_command("tavus_url", base="{BASE}", reference="shop.order:42")
"""


class Site:
    """With an administrator, Ada. What `before` was when it was new is taken over from it."""

    def __init__(self, home, before=None, **variables):
        self.home = home
        self.variables = {
            "ALLOWED_HOSTS": "127.0.0.1",
            "DEBUG": "0",
            "DJANGO_SETTINGS_MODULE": "tests.webhook.site.settings",
            "DOOR_HOME": str(home),
            "HOME": str(home),  # gunicorn leaves files there
            "SECRET_KEY": "k" * 60,
            "SECURE_SSL_REDIRECT": "0",
            "TAVUS_HOOKS_SECRETS": "s" * 60,
            **variables,
        }
        if before is None:
            # In one process: each takes a second to start.
            self.path = (
                self.manage("shell", "--verbosity=0", "-c", MADE_READY).strip().removeprefix(BASE)
            )
        else:
            self.path = before.path
            shutil.copytree(before.home, home, dirs_exist_ok=True)

    def manage(self, *arguments, code=0):
        """What the command prints; it must end with the code."""
        done = manage(*arguments, **self.variables)
        assert done.returncode == code, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, *command):
        return started(sys.executable, *command, **self.variables)

    @contextmanager
    def served(self, server):
        """The running program, with a callback URL of it as `url`."""
        port = free_port()
        with self.start(*(part.format(port=port) for part in COMMANDS[server])) as program:
            wait_for(port, program)
            program.base = f"http://127.0.0.1:{port}"
            program.url = program.base + self.path
            yield program
            program.stop(SIGTERM)

    def query(self, sql, *values, database="elsewhere"):
        with closing(sqlite3.connect(self.home / f"{database}.sqlite3")) as connection:
            return connection.execute(sql, values).fetchall()

    def kept(self, answer):
        """Body and reference of an answered callback."""
        assert answer.status == 200, answer
        pk = json.loads(answer.body)["callback"]
        sql = "select body, reference from tavus_hooks_callback where id = ?"
        return self.query(sql, pk)[0]

    def stored(self):
        return self.query("select count(*) from tavus_hooks_callback")[0][0]
