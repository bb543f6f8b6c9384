"""A signal that comes at the worst moment still ends what it was sent to."""

import signal
import sys

import pytest

from tests.running import run, started

pytestmark = pytest.mark.slow

AT_EACH_LINE = """
import signal, sys
import django
django.setup()
from django.core.management import call_command
from tavus_hooks.management.commands import tavus_process

FILES = ("threading.py", "queue.py", "tavus_process.py")

def one_pass(command, options):
    global is_looping
    is_looping = True
    return 0

def trace(frame, event, argument):
    global left
    if not frame.f_code.co_filename.endswith(FILES):
        return None
    if event == "line" and is_looping:
        left -= 1
        if left == 0:
            signal.raise_signal(signal.SIGTERM)
    return trace

tavus_process.Command.one_pass = one_pass
for number in range(1, 100):
    is_looping, left = False, number
    sys.settrace(trace)
    call_command("tavus_process", "--loop", "--interval=0.001")
    sys.settrace(None)
print("all ended")
"""

NOT_IN_THE_MAIN_THREAD = """
import signal, sys, threading, time
threading.Thread(target=time.sleep, args=[300], daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "demo", "--port", "0"])
"""
"""The kernel hands the signal to another thread, and what the main thread waits in goes on.
It is the same when the signal comes just before the main thread waits."""


def test_a_loop_ends_at_whatever_line_it_is_told_to():
    ended = run(
        sys.executable,
        "-c",
        AT_EACH_LINE,
        DJANGO_SETTINGS_MODULE="project.settings",
        DATABASE_URL="sqlite://:memory:",
    )
    assert ended.stdout.endswith("all ended\n"), ended.stderr


def test_the_demo_ends_when_its_main_thread_is_not_woken(tmp_path):
    with started(
        sys.executable,
        "-c",
        NOT_IN_THE_MAIN_THREAD,
        DJANGO_SETTINGS_MODULE="project.settings",
        DATABASE_URL=f"sqlite:///{tmp_path / 'demo.sqlite3'}",
    ) as program:
        program.read_until(r"Ctrl-C stops it\.")
        assert program.stop(signal.SIGINT) == 0
    assert program.output.endswith("\nStopped.\n")
