import gc
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from masking.runtime.byte_cache import ByteCache, cached_by_bytes, held_bytes


class Weighed:
    """A value that says how large it is and can be watched."""

    def __init__(self, bytes_: int):
        self.bytes = bytes_


def cache(most: int) -> ByteCache[Weighed]:
    return ByteCache(most, lambda value: value.bytes)


def kept(cache: ByteCache[Weighed]) -> list[object]:
    return list(cache._kept)


def test_the_least_recently_used_goes_first():
    values = cache(100)
    for key in "abc":
        values.put(key, Weighed(40) if key != "b" else Weighed(20))
    assert kept(values) == ["a", "b", "c"]
    assert values.get("a") is not None
    values.put("d", Weighed(30))
    assert kept(values) == ["a", "d"]


def test_the_sum_never_exceeds_the_bound_unless_one_value_does():
    values = cache(100)
    for key, size in enumerate((60, 60, 10, 300, 10, 100, 1)):
        values.put(key, Weighed(size))
        assert values.bytes <= 100 or len(values) == 1


def test_what_is_still_used_elsewhere_is_the_same_object_after_it_has_left():
    values, used = cache(100), Weighed(80)
    values.put("used", used)
    values.put("other", Weighed(80))
    assert kept(values) == ["other"]
    assert values.get("used") is used


def test_what_nobody_uses_is_gone():
    values = cache(100)
    values.put("first", Weighed(80))
    values.put("second", Weighed(80))
    gc.collect()
    assert values.get("first") is None


def test_dropping_and_clearing_forget_also_what_is_used():
    values, used = cache(100), Weighed(1)
    values.put("a", used)
    values.drop("a")
    assert values.get("a") is None
    values.put("a", used)
    values.clear()
    assert values.get("a") is None
    assert len(values) == 0


def test_a_function_is_computed_once_per_arguments_within_the_bound():
    calls = []

    @cached_by_bytes(3 * 1024)
    def zeros(count: int, value: int = 0) -> torch.Tensor:
        calls.append((count, value))
        return torch.full((count,), value, dtype=torch.uint8)

    assert zeros(1024) is zeros(1024)
    assert zeros(1024, value=1).sum() == 1024
    for value in range(2, 9):
        zeros(1024, value=value)
    assert zeros.cache.bytes <= 3 * 1024
    assert len(calls) == 9


def test_many_threads_may_use_it():
    values = cache(50)

    def use(start: int) -> None:
        for number in range(start, start + 200):
            values.put(number % 17, Weighed(number % 11))
            values.get(number % 13)

    threads = [threading.Thread(target=use, args=[start]) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values.bytes <= 50


@dataclass
class Result:
    image: torch.Tensor
    more: dict[str, object]


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        (torch.zeros(1000), 4000, 4000),
        ([torch.zeros(1000)[:10]], 4000, 4200),
        (np.zeros((10, 100)), 8000, 8000),
        (Image.new("RGB", (100, 10)), 3000, 3000),
        (b"x" * 1000, 1000, 1100),
        ("x" * 1000, 1000, 1100),
        (nn.Linear(100, 10), 4040, 4040),
        (OrderedDict(a=torch.zeros(100)), 400, 900),
        (Result(torch.zeros(10), {"masks": (torch.zeros(1000, dtype=torch.bool), None)}), 1040, 1600),
        (7, 1, 100),
        (None, 0, 100),
    ],
)
def test_held_bytes(value, least, most):
    assert least <= held_bytes(value) <= most


def test_shared_memory_counts_once_and_cycles_end():
    tensor = torch.zeros(1000)
    assert held_bytes([tensor, tensor[10:], tensor.view(10, 100)]) < 4300
    cycle: list[object] = [tensor]
    cycle.append(cycle)
    assert held_bytes(cycle) < 4300
