"""Task engines, with the worker that the documentation tells to start."""

from typing import NamedTuple

from tests.faults.servers import driver
from tests.faults.sites import Site
from tests.running import ROOT


class Engine(NamedTuple):
    needs: list[str]
    dispatcher: str
    tasks: str
    worker: str
    """How its command begins in the documentation."""

    def settle_in(self, site: Site, **variables: str) -> None:
        for module in self.needs:
            driver(module)
        site.variables = {
            "FAULTS_TASKS": self.tasks,
            "TAVUS_HOOKS_DISPATCHER": self.dispatcher,
            **variables,
        }
        site.manage("migrate")

    def command(self) -> list[str]:
        return documented(self.worker)


CELERY = Engine(["celery", "redis"], "celery", "", "celery ")
RQ = Engine(["django_tasks_rq"], "django_tasks", "rq", "python manage.py rqworker")
DATABASE = Engine(["django_tasks_db"], "django_tasks", "db", "python manage.py db_worker")


def documented(start: str) -> list[str]:
    """The first command of the page that begins so: what Python is to run, for the tests' site."""
    page = (ROOT / "docs" / "deployment.md").read_text()
    found = [line for line in page.splitlines() if line.startswith(start)]
    assert found, f"docs/deployment.md has no command that begins with {start!r}"
    command = found[0].rpartition(" && ")[2]  # what cron runs begins with a `cd`
    words = ["tests.faults.site" if word == "project" else word for word in command.split()]
    return words[1:] if words[0].endswith("python") else ["-m", *words]
