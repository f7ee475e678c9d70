import sys
import threading
import types

import pytest

from masking.registry import Registry, near_names

ENTRY = """
from {package} import THINGS

@THINGS.register({name!r})
class Thing:
    pass
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An empty package with a registry THINGS; `add` puts a file into it."""
    name = f"things_{tmp_path.name}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text(
        f"from masking.registry import Registry\nTHINGS = Registry('thing', {name!r})\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def add(file: str, text: str | None = None, **about: str) -> Registry:
        content = text or ENTRY.format(package=name, name=about.get("name", file))
        (folder / f"{file}.py").write_text(content.replace("PACKAGE", name))
        return __import__(name).THINGS

    yield add
    for module in [module for module in sys.modules if module.startswith(name)]:
        del sys.modules[module]


def test_a_file_is_an_entry(package):
    package("lamp")
    things = package("chair")
    assert sorted(things) == ["chair", "lamp"]
    assert len(things) == 2
    assert things["lamp"].__name__ == "Thing"
    assert "lamp" in things
    assert "table" not in things


def test_files_are_imported_when_first_asked_for(package):
    things = package("broken", "raise RuntimeError('imported')")
    with pytest.raises(RuntimeError, match="imported"):
        len(things)


def test_a_broken_file_is_reported_every_time(package):
    package("lamp")
    things = package("broken", "raise RuntimeError('imported')")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="imported"):
            list(things)


def test_a_name_used_twice_raises(package):
    package("lamp")
    things = package("light", name="lamp")
    with pytest.raises(ValueError, match="two entries call themselves the thing 'lamp'; rename one"):
        list(things)


def test_an_unknown_name_offers_near_ones(package):
    package("lamp")
    package("camp")
    things = package("chair")
    with pytest.raises(KeyError, match="there is no thing 'lamb'; did you mean lamp"):
        things["lamb"]
    with pytest.raises(KeyError, match="there is no thing 'xyz'; choose from camp, chair, lamp"):
        things["xyz"]


def test_an_entry_may_look_its_own_registry_up(package):
    package("bench")
    things = package(
        "chair", "from PACKAGE import THINGS\nassert 'bench' in THINGS\nTHINGS.register('chair')(lambda: None)"
    )
    assert sorted(things) == ["bench", "chair"]


def test_threads_that_ask_at_once_all_see_everything(package):
    things = package("slow", "import time\nfrom PACKAGE import THINGS\ntime.sleep(0.1)\nTHINGS.register('slow')(1)")
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(list(things))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [["slow"]] * 4


def test_near_names():
    assert near_names("resnet5", ["resnet50", "vgg16"]) == "did you mean resnet50?"
    assert near_names("", ["a", "b"]) == "choose from a, b"


def test_other_installed_packages_add_entries(monkeypatch, package):
    package("chair")
    registry = Registry("thing", "none_such", "things.group")
    points = [types.SimpleNamespace(load=lambda: registry.register("sofa")("soft"))]
    monkeypatch.setattr(
        "masking.registry.registry.entry_points", lambda group: points if group == "things.group" else []
    )
    monkeypatch.setitem(sys.modules, "none_such", types.SimpleNamespace(__path__=[]))
    assert dict(registry) == {"sofa": "soft"}


# --- names that changed ----------------------------------------------------------------------------------------------


@pytest.fixture
def renamed():
    """A registry of one entry, which used to be called `colour`."""
    registry = Registry("paint", "masking.registry", renamed={"colour": "color"})
    registry.register("color")(dict)
    return registry


def test_an_old_name_finds_its_entry_and_is_not_listed(renamed):
    assert renamed["colour"] is renamed["color"] is dict
    assert list(renamed) == ["color"]


def test_an_old_name_warns_of_the_new_one(renamed):
    with pytest.warns(FutureWarning, match="'colour' is called 'color' now"):
        assert renamed.current_name("colour") == "color"
    assert renamed.current_name("color") == "color"
    assert renamed.current_name("other") == "other"


def test_an_instance_has_the_name_of_its_class(renamed):
    assert renamed.name_of({}) == "color"
    assert renamed.name_of([]) == "list"
