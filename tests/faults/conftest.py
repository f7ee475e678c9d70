"""Fixtures of the tests of faults: a quick run of an experiment that can fail, and processes to kill."""

import csv
import multiprocessing
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import numpy as np
import psutil
import pytest
from PIL import Image

from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.store import Store
from tests.faults import victims
from tests.waiting import PATIENCE_SECONDS

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
PICTURES = 8


@pytest.fixture(scope="session")
def picture_list(tmp_path_factory):
    """A list of 1000 pictures; eight of them differ."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(PICTURES):
        pixels = np.random.default_rng(number).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    with (folder / "list.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("path", "label"))
        lines.writerows((f"{number % PICTURES}.png", number % 3) for number in range(1000))
    return folder / "list.csv"


@pytest.fixture
def control(tmp_path):
    """The folder whose files say what goes wrong."""
    folder = tmp_path / "control"
    folder.mkdir()
    return folder


@pytest.fixture
def spec(picture_list, control):
    """Return a function that makes specs of the experiment `stumbling`."""

    def make(count, block=1, pause=0.0):
        return spec_from(
            {
                "experiment": "stumbling",
                "settings": {"control": str(control), "pause": pause},
                "data": {"source": "listed", "settings": {"path": str(picture_list)}},
                "count": count,
                "block": block,
                "device": "cpu",
                "plugins": [str(HERE / "stumbling.py")],
            }
        )

    return make


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "runs") as made:
        yield made


class Victim:
    """A process, its messages, and its end."""

    def __init__(self, process, said):
        self._process, self._said, self._words = process, said, []

    def end(self):
        """Kill the process, and all processes of its session if it leads one."""
        for process in psutil.process_iter():
            with suppress(psutil.Error, ProcessLookupError):
                if os.getsid(process.pid) == self._process.pid:
                    process.kill()
        self._process.kill()
        self._process.join()

    def heard(self):
        """Return all messages so far."""
        while self._said.poll():
            try:
                self._words.append(self._said.recv())
            except EOFError:
                break
        return self._words

    def kill_after(self, seconds):
        """Kill the process after this many seconds and return its messages."""
        self._process.join(seconds)
        return self.kill()

    def kill(self):
        """Kill the process and return its messages."""
        assert self._process.is_alive(), "it ended before it was killed"
        self._process.kill()
        self._process.join()
        return self.heard()

    def result(self, seconds=PATIENCE_SECONDS):
        """Return the last message of a process that ends by itself."""
        self._process.join(seconds)
        assert self._process.exitcode == 0
        return self.heard()[-1]


@pytest.fixture(scope="session")
def forks():
    """Start processes within milliseconds from one that has imported everything; end them all afterwards."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.victims"])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), str(REPOSITORY), *([before] if before else [])])
    made = []

    def start(target, *given):
        hear, said = context.Pipe(duplex=False)
        process = context.Process(target=target, args=(*given, said), daemon=True)
        with pytest.MonkeyPatch.context() as patch:
            # After a page was tested, the main module is that page, and each process would run it first.
            patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
            process.start()
        said.close()
        made.append(Victim(process, hear))
        return made[-1]

    start.barrier = context.Barrier
    assert start(victims.ready).result()
    yield start
    for victim in made:
        victim.end()
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


@pytest.fixture
def whole():
    """Return a check that a store holds each committed shard once, with all its rows."""

    def check(store, run, kept=frozenset()):
        committed = store.committed(run.id)
        rows = store.rows(store.run(run.id))
        since = store.committed(run.id)  # of a run that goes on, a shard may be committed between two readings
        a_shard = run.spec.block * len(run.spec.settings["draws"])
        assert set(kept) <= committed <= since, "a committed shard is gone"
        assert len(rows) % a_shard == 0, "a shard is there in part"
        assert len(committed) <= len(rows) // a_shard <= len(since)
        assert len({(row["image"], row["draw"]) for row in rows}) == len(rows), "a row is there twice"
        return committed

    return check
