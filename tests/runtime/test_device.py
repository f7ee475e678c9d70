import pytest
import torch

from masking.runtime.device import devices, pick_device


def test_the_cpu_comes_first_with_its_free_memory():
    cpu = devices()[0]
    assert (cpu.name, cpu.label) == ("cpu", "CPU")
    assert 0 < cpu.free_gib < 100_000


def test_names_become_devices():
    assert pick_device("cpu") == torch.device("cpu")
    assert pick_device(torch.device("meta")) == torch.device("meta")
    assert pick_device("auto").type in {"cpu", "cuda", "mps"}


@pytest.mark.parametrize("name", ["gpu", "cuda:99", ""])
def test_devices_that_are_not_here_are_refused(name):
    with pytest.raises(ValueError, match=f"there is no device '{name}' here; choose cpu.* or auto"):
        pick_device(name)


def test_auto_takes_the_gpu_with_most_free_memory(monkeypatch):
    free = [2 * 2**30, 9 * 2**30, 4 * 2**30]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(free))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda index: (free[index], 16 * 2**30))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"GPU {index}")
    assert pick_device("auto") == torch.device("cuda:1")
    assert pick_device("cuda") == torch.device("cuda:0")
    assert [(device.label, device.free_gib) for device in devices()[1:]] == [("GPU 0", 2), ("GPU 1", 9), ("GPU 2", 4)]
