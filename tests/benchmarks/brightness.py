"""Fixtures of every test of runs: a store of their own, and an experiment that takes no time, as a plugin."""

from pathlib import Path

import pytest

from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.store import Store
from masking.runtime.run_folder import VARIABLE

PLUGIN = '''
"""Brightness of each image, times a level, plus a number that only its seed decides."""

import time
from dataclasses import dataclass

from masking.benchmarks import BENCHMARKS, MEAN, SHARE, Curve, Experiment, Key, Outcome
from masking.registry.params import param


@BENCHMARKS.register("brightness")
@dataclass(frozen=True)
class Brightness(Experiment):
    levels: tuple[float, ...] = param((1.0, 2.0), "factors", low=0, high=10)
    pause: float = param(0.0, "seconds for each level of a block", low=0, high=10)
    wrong: str = param("", "what goes wrong", choices=("", "raises", "twice", "lacks"))

    title = "Brightness"
    meaning = "How bright images are."
    source = "tests"
    keys = (Key("level", "Level", "the factor"),)
    outcomes = (
        Outcome("brightness", "Brightness", "0 … 10", "higher", "Mean over pixels.", ("value",), MEAN),
        Outcome("bright", "Bright", "share, 0 … 1", "higher", "Share above a half.", ("bright",), SHARE),
    )
    curves = (Curve("level", ("brightness",), "level"),)

    def rows(self, classifier, block, report_forward_passes):
        if self.wrong == "raises":
            raise RuntimeError("the lamp is broken")
        found = []
        for level in self.levels:
            time.sleep(self.pause)
            report_forward_passes(len(block))
            for place, (index, seed) in enumerate(zip(block.indices, block.seeds)):
                value = float(block.images[place].mean()) * level + seed / 2**33
                row = {"image": index, "level": level, "value": value, "bright": int(value > 0.5)}
                if self.wrong == "lacks":
                    del row["bright"]
                found += [row] * (2 if self.wrong == "twice" else 1)
        return found
'''


@pytest.fixture(scope="session")
def plugin(tmp_path_factory) -> Path:
    """A Python file that registers the experiment `brightness`."""
    path = tmp_path_factory.getbasetemp() / "brightness.py"  # one file, whichever conftest asks: it registers once
    path.write_text(PLUGIN)
    return path


@pytest.fixture
def spec(plugin):
    """Makes specs of the experiment `brightness`: ten images in shards of three."""

    def make(count=10, block=3, **settings):
        return spec_from(
            {
                "experiment": "brightness",
                "settings": settings,
                "count": count,
                "block": block,
                "device": "cpu",
                "plugins": [str(plugin)],
            }
        )

    return make


@pytest.fixture
def store(tmp_path, monkeypatch):
    """An empty store, which the command line uses too."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "runs"))
    with Store() as made:
        yield made
