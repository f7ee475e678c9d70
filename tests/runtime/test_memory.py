import threading

import pytest
import torch

from masking import Mask, compare
from masking.runtime import memory
from masking.runtime.memory import fitting_batch, free_bytes, peak_bytes, tensor_bytes

CPU = torch.device("cpu")


def test_tensors_that_live_at_once_are_added_up():
    x = torch.zeros(1000)

    def work():
        y = x + 1  # 4,000 bytes
        z = torch.cat([y, y])  # and 8,000
        del y
        return (z + 1)[:500]  # and, without the first, 8,000 more

    result, peak = peak_bytes(work)
    assert result.shape == (500,)
    assert peak == 16_000


def test_views_and_changes_in_place_take_nothing():
    x = torch.zeros(1000)
    assert peak_bytes(lambda: x.view(10, 100).add_(1))[1] == 4000  # seen once, though it was there before


def test_a_classifier_takes_twice_as_much_for_two_images(bundled):
    single, double = (peak_bytes(lambda n=n: bundled(torch.rand(n, 3, 128, 128)))[1] for n in (1, 2))
    assert single > 128 * 128 * 3 * 4
    assert double == pytest.approx(2 * single, rel=0.05)


def test_other_threads_are_not_counted():
    def work():
        thread = threading.Thread(target=lambda: torch.zeros(10**6) + 1)
        thread.start()
        thread.join()

    assert peak_bytes(work)[1] < 4 * 10**6


def test_results_are_as_large_as_their_tensors(bundled):
    mask, image = Mask.empty(32), torch.rand(1, 3, 32, 32)
    comparison = compare(bundled, image, mask, ("blackout", "layer_masking"))
    pictures = 2 * 3 * 32 * 32 * 4  # the image, and what blackout showed
    assert tensor_bytes(comparison) == pictures + 32 * 32 + 3 * 16 * 4  # the mask, and three times sixteen logits
    assert tensor_bytes(("no", {"tensors": [1, 2]}, None)) == 0


def test_free_memory_is_a_plausible_number():
    assert 10**6 < free_bytes(CPU) < 10**14


@pytest.mark.parametrize(
    ("each", "free", "batch"), [(1, 10**9, 32), (10, 640, 32), (10, 100, 5), (10, 19, 1), (10, 0, 1), (0, 100, 32)]
)
def test_a_batch_fills_half_of_what_is_free(monkeypatch, each, free, batch):
    monkeypatch.setattr(memory, "free_bytes", lambda device: free)
    assert fitting_batch(each, CPU) == batch
