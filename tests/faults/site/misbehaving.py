"""What a host's receiver may do wrong: each name is a `"fault"` that a body can ask for."""

import os
import time
from collections.abc import Callable

from django.contrib.auth.models import Group
from django.db import connection, transaction

from tavus_hooks.models import Callback

from .killing import HOME, end, lose_the_connection

Misbehaviour = Callable[[Callback], None]
MISBEHAVIOURS: dict[str, Misbehaviour] = {}


def fault(function: Misbehaviour) -> Misbehaviour:
    MISBEHAVIOURS[function.__name__.replace("_", "-")] = function
    return function


class Unheard(BaseException):
    """`except Exception` does not catch it."""


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise ValueError("not even its message can be had")


def never_before(what: str, callback: Callback) -> bool:
    try:
        (HOME / f"{what}-{callback.pk}").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def write_badly() -> None:
    with connection.cursor() as cursor:
        cursor.execute("insert into there_is_no_such_table values (1)")


def write(callback: Callback, fate: str) -> None:
    Group.objects.create(name=f"{fate} {callback.pk}")


# What takes time, or the process with it.


@fault
def stumble(callback):
    if never_before("stumbled", callback):
        raise RuntimeError("the first time it fails")


@fault
def kill_the_process(callback):
    (HOME / "killed").open("a").write(f"{callback.pk}\n")
    end()


@fault
def stumble_then_kill_the_process(callback):
    stumble(callback)
    kill_the_process(callback)


@fault
def hang(callback):
    """The first time it lasts until somebody kills the process."""
    if never_before("hung", callback):
        (HOME / "hanging").write_text(str(os.getpid()))
        time.sleep(600)


@fault
def dawdle(callback):
    never_before("dawdling", callback)
    time.sleep(2)


# What is done to the connection.


@fault
def behave(callback):
    with transaction.atomic():
        write(callback, "kept")


@fault
def write_badly_and_catch(callback):
    try:
        write_badly()
    except Exception:
        write(callback, "kept")


@fault
def fail_in_a_statement(callback):
    write_badly()


@fault
def leave_an_atomic_open(callback):
    transaction.atomic().__enter__()
    write(callback, "lost")


@fault
def fail_in_an_open_atomic(callback):
    transaction.atomic().__enter__()
    write(callback, "lost")
    write_badly()


@fault
def fail_in_two_open_atomics(callback):
    transaction.atomic().__enter__()
    write(callback, "lost")
    transaction.atomic().__enter__()
    write_badly()


@fault
def switch_autocommit_off(callback):
    transaction.set_autocommit(False)
    write(callback, "lost")


@fault
def fail_without_autocommit(callback):
    transaction.set_autocommit(False)
    write(callback, "lost")
    write_badly()


@fault
def begin_behind_djangos_back(callback):
    with connection.cursor() as cursor:
        cursor.execute("begin")
    write(callback, "lost")


@fault
def make_the_session_read_only(callback):
    sql = {
        "sqlite": "pragma query_only = 1",
        "postgresql": "set default_transaction_read_only = on",
        "mysql": "set session transaction read only",
    }
    with connection.cursor() as cursor:
        cursor.execute(sql[connection.vendor])


@fault
def close_the_connection(callback):
    connection.close()


@fault
def close_the_connection_in_an_open_atomic(callback):
    transaction.atomic().__enter__()
    write(callback, "lost")
    connection.close()


@fault
def close_the_connection_and_fail(callback):
    connection.close()
    raise RuntimeError("after it closed the connection")


@fault
def lose_it(callback):
    lose_the_connection()


@fault
def lose_it_in_an_open_atomic(callback):
    transaction.atomic().__enter__()
    write(callback, "lost")
    lose_the_connection()


# What is raised.


@fault
def raise_what_is_no_exception(callback):
    raise Unheard("no Exception")


@fault
def raise_it_in_an_open_atomic(callback):
    transaction.atomic().__enter__()
    write(callback, "lost")
    raise Unheard("no Exception")


@fault
def raise_what_cannot_be_printed(callback):
    raise UnprintableError


@fault
def raise_nul_and_surrogate(callback):
    raise RuntimeError("\x00 \ud800")


@fault
def raise_at_length(callback):
    raise RuntimeError("x" * 2_000_000)
