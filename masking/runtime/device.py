"""Where to compute: cpu, cuda:i, mps, or the best there is."""

import os
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Device:
    """One device with what a picker shows of it; `free_gib` is None where it cannot be told."""

    name: str
    label: str
    free_gib: float | None


def devices() -> tuple[Device, ...]:
    """Every device of this machine, the CPU first."""
    found = [Device("cpu", "CPU", _free_ram())]
    for index in range(torch.cuda.device_count()):
        free, _ = torch.cuda.mem_get_info(index)
        found.append(Device(f"cuda:{index}", torch.cuda.get_device_name(index), free / 2**30))
    if torch.backends.mps.is_available():
        found.append(Device("mps", "Apple GPU", None))
    return tuple(found)


def _free_ram() -> float | None:
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    except (ValueError, OSError, AttributeError):
        return None


def pick_device(name: str | torch.device = "auto") -> torch.device:
    """The torch device of that name; "auto" takes the GPU with most free memory, else mps, else cpu.

    Raises:
        ValueError: this machine has no such device.
    """
    if isinstance(name, torch.device):
        return name
    known = devices()
    if name == "auto":
        gpus = [device for device in known if device.name.startswith("cuda")]
        best = max(gpus, key=lambda device: device.free_gib or 0) if gpus else known[-1]
        return torch.device(best.name)
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in {device.name for device in known}:
        raise ValueError(f"there is no device {name!r} here; choose {' or '.join(d.name for d in known)} or auto")
    return torch.device(wanted)
