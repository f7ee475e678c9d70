"""Objects that a server has once, such as its queues of jobs.

They are not in Streamlit's caches, because any browser may ask Streamlit to clear these.
"""

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")

_objects: dict[Callable[[], Any], Any] = {}
_lock = threading.RLock()


def server_wide(make: Callable[[], T]) -> Callable[[], T]:
    """Return a function that calls `make` the first time, and returns the same object to every session from then on."""

    @wraps(make)
    def get() -> T:
        if make not in _objects:
            with _lock:
                if make not in _objects:
                    _objects[make] = make()
        return _objects[make]

    return get


def forget_server_wide() -> None:
    """Forget all these objects, as a new server would; for tests."""
    with _lock:
        _objects.clear()
