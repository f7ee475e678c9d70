"""Devices to compute on: cpu, cuda:i, mps, or the best available one."""

import os
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Device:
    """One device as a picker shows it; `free_gib` is None where the free memory is not known."""

    name: str
    label: str
    free_gib: float | None


def devices() -> tuple[Device, ...]:
    """List every device of this machine, the CPU first."""
    available = [Device("cpu", "CPU", _free_ram())]
    for index in range(torch.cuda.device_count()):
        free, _ = torch.cuda.mem_get_info(index)
        available.append(Device(f"cuda:{index}", torch.cuda.get_device_name(index), free / 2**30))
    if torch.backends.mps.is_available():
        available.append(Device("mps", "Apple GPU", None))
    return tuple(available)


def _free_ram() -> float | None:
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    except (ValueError, OSError, AttributeError):
        return None


def pick_device(name: str | torch.device = "auto") -> torch.device:
    """Return the torch device of that name; "auto" takes the GPU with the most free memory, else mps, else cpu.

    Raises:
        ValueError: this machine has no such device.
    """
    if isinstance(name, torch.device):
        return name
    available = devices()
    if name == "auto":
        gpus = [device for device in available if device.name.startswith("cuda")]
        best = max(gpus, key=lambda device: device.free_gib or 0) if gpus else available[-1]
        return torch.device(best.name)
    full_name = "cuda:0" if name == "cuda" else name
    if full_name not in {device.name for device in available}:
        raise ValueError(f"there is no device {name!r} here; choose {' or '.join(d.name for d in available)} or auto")
    return torch.device(full_name)
