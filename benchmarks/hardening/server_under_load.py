"""A public dashboard in a process of its own, and the memory that it takes."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0
SAMPLE_SECONDS = 1.0


class ServerUnderLoad:
    """A dashboard with the settings of a public server, its runs and uploads in a folder of its own.

    Attributes:
        port: where it listens.
        memory: pairs of seconds since the start, and MB of the server and all its processes.
    """

    def __init__(
        self, folder: Path, root: Path = ROOT, environment: Mapping[str, str] | None = None, before: Sequence[str] = ()
    ):
        """Prepare a server.

        Args:
            folder: where it keeps settings, runs, uploads and its log.
            root: the folder of the program.
            environment: variables on top of this process's and those that name the folder.
            before: what stands before the command, as `nice`.
        """
        self._folder, self._root, self._before = folder, root, list(before)
        self._environment = dict(environment or {})
        self.memory: list[tuple[float, float]] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    def __enter__(self) -> Self:
        settings = self._folder / "masking.toml"
        settings.write_text("public = true\n")
        places = {"MASKING_SETTINGS": str(settings), "MASKING_RUNS": str(self._folder / "runs")}
        places |= {"MASKING_UPLOADS": str(self._folder / "uploads")}
        command = [
            "streamlit",
            "run",
            str(self._root / "app.py"),
            f"--server.port={self.port}",
            "--server.headless=true",
        ]
        with (self._folder / "log").open("w") as log:
            self._process = subprocess.Popen(
                [*self._before, sys.executable, "-m", *command],
                cwd=self._root,
                env=os.environ | places | self._environment,
                stdout=log,
                stderr=log,
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self._process.kill()
            raise
        self._stopped = threading.Event()
        self._watch = threading.Thread(target=self._measure_memory, daemon=True)
        self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._watch.join()
        processes = [*psutil.Process(self._process.pid).children(recursive=True), self._process]
        for process in processes:
            process.kill()
        self._process.wait()

    def log_errors(self) -> list[str]:
        """Return the lines of the server's log that begin a traceback or name an error."""
        lines = (self._folder / "log").read_text("utf-8", "replace").splitlines()
        return [line for line in lines if "Traceback" in line or "Error" in line]

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/_stcore/health")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
            finally:
                connection.close()
        raise RuntimeError(f"the server does not start: {(self._folder / 'log').read_text()[-2000:]}")

    def _measure_memory(self) -> None:
        begin, server = time.monotonic(), psutil.Process(self._process.pid)
        while not self._stopped.wait(SAMPLE_SECONDS):
            total = 0
            for process in [server, *server.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.memory.append((round(time.monotonic() - begin, 1), round(total / 2**20, 1)))
