"""Runs a management command in this process and says last the most memory it had, in MiB."""

import sys

import django
from django.core.management import call_command

from .growth import peak_mib

if __name__ == "__main__":
    django.setup()
    call_command(*sys.argv[1:])
    sys.stderr.write(f" {peak_mib()}\n")
