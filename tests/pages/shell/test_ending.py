"""The end of a server, in processes that cannot end by themselves."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 300

STUCK = """
import ctypes, signal, sys, threading
sys.path.insert(0, {root!r})
from pages.shell import ending

signal.signal(signal.SIGTERM, lambda *_: None)  # a web server that waits for its connections for ever
signal.signal(signal.SIGINT, lambda *_: None)
ending.END_SECONDS, ending.HARD_END_SECONDS = 0.2, 0.5
ending.call_at_end(lambda: print("told to stop", flush=True))
ending.end_on_signals()
threading.Thread(target=ctypes.CDLL(None).sleep, args=[100_000]).start()  # one long native call
{blocked}
print("ready", flush=True)
while True:
    signal.pause()
"""
HELD_UP = "threading.Thread(target=ctypes.PyDLL(None).sleep, args=[100_000])"
"""A call that keeps Python's lock, as the import of a large library does."""


def start(blocked: str = "") -> subprocess.Popen[str]:
    script = STUCK.format(root=str(ROOT), blocked=blocked)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_sits_in_a_native_call_ends(number):
    process = start()
    process.send_signal(number)
    out, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert (out, process.returncode) == ("told to stop\n", 0)


def test_a_second_signal_neither_delays_the_end_nor_tells_anybody_twice():
    process = start()
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "told to stop\n"
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert (out, process.returncode) == ("", 0)


def test_a_process_in_which_python_itself_is_held_up_ends():
    blocked = f"ending.call_at_end(lambda: {HELD_UP}.start())"
    process = start(blocked)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
