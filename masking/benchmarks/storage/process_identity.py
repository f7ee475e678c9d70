"""Which process computes a run: known again even after somebody has set the clock."""

import socket
from pathlib import Path
from typing import NamedTuple

import psutil

HERE = socket.gethostname()
BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Where Linux says which start of the machine this is."""
_STATE, _TICKS = 0, 19
"""Fields of /proc/PID/stat after the name: 3, the state, and 22, the start in ticks since the machine started."""


class ProcessIdentity(NamedTuple):
    """A process. Its id alone would not do: another process may have that number later.

    Attributes:
        host: the machine.
        pid: the process id.
        started: seconds since 1970; they change when the clock is set, so `ticks` counts where it is known.
        boot: which start of the machine; "" where the system does not say.
        ticks: when the process started, in ticks since then; None where the system does not say.
    """

    host: str
    pid: int
    started: float | None
    boot: str = ""
    ticks: int | None = None

    def is_same(self, other: "ProcessIdentity") -> bool:
        """Return whether both are one process; clocks count only where ticks are not known."""
        if self.boot and other.boot and None not in (self.ticks, other.ticks):
            return self._replace(started=None) == other._replace(started=None)
        return self[:3] == other[:3]


def identify(pid: int) -> ProcessIdentity:
    """Return the identity of a process of this machine. Raises psutil.NoSuchProcess if there is none."""
    _, ticks = _read_stat(pid)
    return ProcessIdentity(HERE, pid, psutil.Process(pid).create_time(), read_boot(), ticks)


def myself() -> ProcessIdentity:
    """Return the identity of this process."""
    return identify(psutil.Process().pid)


def lives(pid: int, started: float | None, boot: str = "", ticks: int | None = None) -> bool:
    """Return whether this machine runs a process with that id and start, and not only its remains.

    Where ticks and the start of the machine are known, they decide and the clock does not.
    """
    if boot and ticks is not None and (here := read_boot()):
        state, current = _read_stat(pid)
        return here == boot and current == ticks and state != "Z"
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and (started is None or process.create_time() == started)
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return False


def read_boot() -> str:
    """Return a text that is another after each start of the machine; "" where the system does not say."""
    try:
        return BOOT.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def _read_stat(pid: int) -> tuple[str, int | None]:
    """Return state and start ticks of a process; "" and None where the system does not say."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
        fields = text[text.rindex(")") + 1 :].split()  # the name before it may contain anything
        return fields[_STATE], int(fields[_TICKS])
    except (OSError, ValueError, IndexError):
        return "", None
