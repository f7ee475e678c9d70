"""Plugins are programs: a run that is only read starts none that this store has not started before."""

import json
import sys

import pytest

from masking.benchmarks.protocol.experiment import BENCHMARKS
from masking.benchmarks.specification.loaded_spec import load_spec
from masking.benchmarks.specification.plugins import load_plugins
from masking.benchmarks.specification.spec import spec_from, stored_spec
from masking.benchmarks.storage.exchange import export_document, read_run, write_run
from masking.benchmarks.storage.store import Store
from tests.benchmarks.brightness import PLUGIN


@pytest.fixture
def mark(tmp_path):
    """The file that the program writes each time it is started."""
    return tmp_path / "started"


@pytest.fixture
def program(tmp_path, mark):
    """A plugin of its own for each test."""
    path = tmp_path / "lantern.py"
    path.write_text(
        f"{PLUGIN.replace('brightness', 'lantern')}\nwith open({str(mark)!r}, 'a') as mark: mark.write('x')\n"
    )
    yield path
    BENCHMARKS._entries.pop("lantern", None)


@pytest.fixture
def imported(store, program, mark, tmp_path, spec):
    """A run from elsewhere that names the program."""
    document = export_document(store, store.add(spec()))
    document["run"]["spec"] |= {"experiment": "lantern", "plugins": [str(program)]}
    (tmp_path / "run.json").write_text(json.dumps(document))
    with Store(tmp_path / "elsewhere") as made:
        yield made, read_run(made, tmp_path / "run.json")


@pytest.fixture
def forget():
    """Makes this process forget a program, as a new process would not know it."""

    def remove(path):
        BENCHMARKS._entries.pop("lantern", None)
        for name, module in [*sys.modules.items()]:
            if getattr(module, "__file__", None) == str(path):
                del sys.modules[name]

    return remove


def test_an_imported_run_starts_no_program(imported, mark, program):
    _, run = imported
    with pytest.raises(ValueError, match=r"lantern\.py was never run .* if you trust it, name it with --plugin"):
        run.spec.make_experiment()
    with pytest.raises(ValueError, match="was never run from this store"):
        load_spec(run.spec)
    assert not mark.exists()


def test_a_program_that_a_person_names_is_known_from_then_on(imported, mark, program):
    store, run = imported
    store.trust_plugins((str(program),))
    assert not mark.exists()
    assert store.run(run.id).spec.make_experiment().title == "Brightness"
    assert mark.exists()


def test_a_program_that_has_changed_is_not_known(imported, mark, program):
    store, run = imported
    store.trust_plugins((str(program),))
    program.write_text(program.read_text() + "\n# another\n")
    with pytest.raises(ValueError, match="was never run from this store"):
        store.run(run.id).spec.make_experiment()
    assert not mark.exists()


def test_a_run_of_ones_own_knows_its_program_in_another_process(store, program, mark, forget):
    run = store.add(spec_from({"experiment": "lantern", "plugins": [str(program)], "count": 3}))
    forget(program)
    with Store(store.folder) as later:
        assert later.run(run.id).spec.make_experiment().title == "Brightness"
    assert mark.read_text() == "xx"
    write_run(store, run, program.with_suffix(".json"))
    assert "known" not in program.with_suffix(".json").read_text()


def test_a_known_experiment_is_read_though_its_plugin_is_not(program, mark):
    document = spec_from({"experiment": "patch_removal"}).model_dump() | {"plugins": [str(program)]}
    stored = stored_spec(json.dumps(document))
    assert stored.make_experiment().title == "Patch removal"
    with pytest.raises(ValueError, match="was never run from this store"):
        load_spec(stored)  # to compute it would take the plugin
    assert not mark.exists()


def test_a_program_is_started_once(program, mark):
    load_plugins((str(program),))
    load_plugins((str(program),))
    assert mark.read_text() == "x"
