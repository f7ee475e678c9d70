"""What became of an input: a value, one sentence, or a fault; with the time and the memory that it took."""

import io
import resource
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MOST_SECONDS = 5.0
MOST_MEGABYTES = 500.0
LONGEST = 600
"""Characters of a sentence."""
SPARE = 6 * 2**30
"""Bytes of address space that an input may ask for, beyond what the process has."""
SENTENCES = (ValueError, KeyError, OSError)
"""What doors raise; everything else is a fault."""


@dataclass(frozen=True)
class InputOutcome:
    """What became of an input.

    Attributes:
        kind: "value", "sentence" or "fault".
        words: the sentence, or the fault with where it arose.
        seconds: of the processor.
        megabytes: the highest memory above that before.
    """

    kind: str
    words: str
    seconds: float
    megabytes: float


def limit_memory() -> None:
    """Let the process have no more address space than it has, and SPARE."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + SPARE
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))


def observe(work: Callable[[], object]) -> InputOutcome:
    """Do something and return what became of it."""
    before = _start_peak()
    start = time.process_time()
    kind, words = _kind_of(work)
    return InputOutcome(kind, words, time.process_time() - start, _peak() - before)


def _kind_of(work: Callable[[], object]) -> tuple[str, str]:
    try:
        work()
    except SENTENCES as error:
        sentence = str(error.args[-1] if error.args else error)
        if isinstance(error, OSError) and error.errno is not None:
            sentence = str(error)
        if fault := fault_of(sentence):
            return "fault", f"{type(error).__name__} {fault}: {sentence[:200]!r} {_where(error)}"
        return "sentence", sentence
    except BaseException as error:
        return "fault", f"{type(error).__name__}: {str(error)[:200]!r} {_where(error)}"
    return "value", ""


def fault_of(sentence: str) -> str:
    """Return what is wrong with a sentence; "" if nothing is."""
    if not sentence.strip():
        return "is empty"
    if len(sentence) > LONGEST:
        return f"has {len(sentence)} characters"
    if any(character in sentence for character in "\n\r\0"):
        return "has several lines"
    return "shows a traceback" if "Traceback" in sentence else ""


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-6:]))


def _start_peak() -> float:
    """Let the highest memory of the process be that of now, where the system can, and return it in MB."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return _peak()
    return _peak()


def _peak() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


class Console(io.StringIO):
    """What a command writes, as text and as bytes."""

    @property
    def buffer(self) -> "_Bytes":
        return _Bytes(self)


class _Bytes(io.BytesIO):
    def __init__(self, console: Console):
        super().__init__()
        self._console = console

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._console.write(bytes(data).decode("utf-8", "replace"))
