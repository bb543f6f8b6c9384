"""Runs a management command in this process and says last when it began and ended, in seconds."""

import sys
import time

import django
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()
    began = time.monotonic()
    call_command(*sys.argv[1:])
    sys.stdout.write(f" {began} {time.monotonic()}\n")
