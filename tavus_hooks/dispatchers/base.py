"""What a dispatcher is: how a callback is stored for it, and what happens to its primary key."""

from ..conf import conf


class Dispatcher:
    """Has stored callbacks handled, within the request or elsewhere.

    `TAVUS_HOOKS["DISPATCHER"]` chooses one for the whole site. Each process makes one instance.
    """

    claimed: bool = False
    """Whether storing a callback claims it for the request, which then handles it itself: such a
    dispatcher is not asked to `dispatch()`."""

    @property
    def due_in(self) -> float:
        """Seconds after which `tavus_process` takes a stored callback that was not handled."""
        return conf.ENGINE_GRACE_SECONDS

    def dispatch(self, pk: int) -> None:
        """Pass on the primary key of a callback once it is committed, for `process()` to handle.

        What it raises is logged: the callback is stored, and falls due after `due_in` seconds.
        """
        raise NotImplementedError("A dispatcher needs a method dispatch().")
