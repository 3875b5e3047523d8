"""The order in which a server stops: the public service first, its runners once it has answered what it had begun.

BentoML takes the runners' sockets away and ends all processes at once, so that an answer which still needs a runner
fails. There is no hook for this; the version is pinned, and a test of the service holds what is relied on.
"""

from collections.abc import Generator
from typing import Any

from bentoml._internal.utils.circus import Arbiter
from tornado import gen

PUBLIC = "service"
"""What BentoML calls the watcher of the service that faces the public."""


def stop_public_service_first() -> None:
    """Make the arbiter, in the process that starts the others, stop in this order."""
    patched: Any = Arbiter
    stop_everything = patched.stop

    @gen.coroutine
    def stop(arbiter: Any) -> Generator[Any, Any, None]:
        yield [watcher._stop() for watcher in arbiter.watchers if watcher.name == PUBLIC]
        yield stop_everything(arbiter)

    patched.stop = stop
