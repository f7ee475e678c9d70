"""A cache that is bounded by the bytes of what it keeps, and how many bytes a value holds."""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import suppress
from dataclasses import is_dataclass
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar
from weakref import WeakValueDictionary

import numpy as np
from PIL import Image
from torch import Tensor, nn

T = TypeVar("T")
P = ParamSpec("P")


def held_bytes(value: Any) -> int:
    """Estimate how many bytes a value holds: tensors, arrays, pictures, texts and networks, also nested ones.

    Memory that two parts share, such as two views of a tensor, counts once. Objects of other kinds count as small.
    """
    return sum(_parts(value, set()))


def _parts(value: Any, seen: set[int]) -> Iterator[int]:
    """Yield the bytes of each part of a value that has not been seen."""
    own = value.untyped_storage().data_ptr() if isinstance(value, Tensor) else id(value)
    if own in seen:
        return
    seen.add(own)
    if isinstance(value, Tensor):
        yield value.untyped_storage().nbytes()
    elif isinstance(value, np.ndarray):
        yield int(value.nbytes)
    elif isinstance(value, Image.Image):
        yield value.width * value.height * len(value.getbands())
    elif isinstance(value, nn.Module):
        for tensor in (*value.parameters(), *value.buffers()):
            yield from _parts(tensor, seen)
    elif isinstance(value, str | bytes | bytearray):
        yield sys.getsizeof(value)
    elif isinstance(value, Mapping):
        yield sys.getsizeof(value)
        for key, each in value.items():
            yield from _parts(key, seen)
            yield from _parts(each, seen)
    elif isinstance(value, list | tuple | set | frozenset):
        yield sys.getsizeof(value)
        for each in value:
            yield from _parts(each, seen)
    elif is_dataclass(value) and not isinstance(value, type):
        for each in vars(value).values() if hasattr(value, "__dict__") else ():
            yield from _parts(each, seen)
    else:
        yield sys.getsizeof(value, 0)


class ByteCache(Generic[T]):
    """Values by key, up to a number of bytes; those that nobody has used for longest go first. Thread-safe.

    A value that is larger than the cache is kept until the next one comes. What still has users elsewhere is returned
    even after it has left the cache, because it takes memory anyway.

    Args:
        most: bytes of all values together.
        size: returns the bytes of a value.
    """

    def __init__(self, most: int, size: Callable[[T], int] = held_bytes):
        self._most, self._size = most, size
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._alive: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """The bytes of all values that are kept."""
        with self._lock:
            return self._sum()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> T | None:
        """Return the value, and make it the latest; None if there is none."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
            value: T | None = self._alive.get(key)
            if value is not None:
                self._keep(key, value)
            return value

    def put(self, key: Hashable, value: T, more: int = 0) -> None:
        """Keep a value as the latest, in place of others that have been used less recently.

        `more` are bytes that it takes in addition, such as those of a large key.
        """
        with self._lock:
            self._keep(key, value, more)

    def drop(self, key: Hashable) -> None:
        """Forget a value."""
        with self._lock:
            self._kept.pop(key, None)
            self._alive.pop(key, None)

    def clear(self) -> None:
        """Forget all values."""
        with self._lock:
            self._kept.clear()
            self._alive.clear()

    def _keep(self, key: Hashable, value: T, more: int = 0) -> None:
        self._kept[key] = value, self._size(value) + more
        self._kept.move_to_end(key)
        with suppress(TypeError):  # numbers, texts and tuples cannot be watched
            self._alive[key] = value
        while len(self._kept) > 1 and self._sum() > self._most:
            self._kept.popitem(last=False)

    def _sum(self) -> int:
        return sum(size for _, size in self._kept.values())


def cached_by_bytes(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator that keeps a function's results by its arguments, up to so many bytes of results.

    Arguments must be hashable, and the function must not return None.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        cache: ByteCache[T] = ByteCache(most)

        @wraps(function)
        def cached(*arguments: P.args, **options: P.kwargs) -> T:
            key = arguments, tuple(sorted(options.items()))
            value = cache.get(key)
            if value is None:
                value = function(*arguments, **options)
                cache.put(key, value, held_bytes(arguments))
            return value

        cached.cache = cache  # pyright: ignore[reportAttributeAccessIssue, reportFunctionMemberAccess]
        return cached

    return decorate
