"""Specs: read, checked, filled in, and known by their content."""

import json
import math

import pytest

from masking.benchmarks.specification.spec import Spec, read_spec, spec_from, stored_spec

TOML = """
experiment = "patch_removal"
settings = { shares = [0, 0.5] }
data = { source = "silhouettes", settings = { world = "twins" } }
classifier = { name = "silhouettes/resnet" }
count = 12
"""


def test_toml_and_json_mean_the_same(tmp_path):
    (tmp_path / "a.toml").write_text(TOML)
    spec = read_spec(tmp_path / "a.toml")
    (tmp_path / "a.json").write_text(spec.to_json())
    assert read_spec(tmp_path / "a.json") == spec
    assert spec.settings["shares"] == [0.0, 0.5]
    assert spec.data.settings == {"world": "twins"}
    assert spec.make_experiment().shares == (0.0, 0.5)


def test_what_is_left_out_is_written_down():
    spec = spec_from({"experiment": "patch_removal"})
    assert spec.settings["patch"] == 16
    assert spec.data.settings == {"world": "ordinary"}
    assert spec == spec_from(json.loads(spec.to_json()))


def test_the_digest_covers_everything_that_changes_rows():
    digest = spec_from({"experiment": "patch_removal"}).digest
    assert spec_from({"experiment": "patch_removal", "settings": {"patch": 16}, "device": "cpu"}).digest == digest
    for change in ({"seed": 1}, {"count": 3}, {"settings": {"patch": 8}}, {"block": 4}, {"first": 1}):
        assert spec_from({"experiment": "patch_removal", **change}).digest != digest


def test_a_stored_spec_is_read_though_its_plugin_is_gone(spec, tmp_path):
    text = spec().model_dump_json().replace("brightness", "vanished")
    stored = stored_spec(text)
    assert isinstance(stored, Spec)
    assert stored.experiment == "vanished"
    with pytest.raises((KeyError, ValueError), match="vanished"):
        stored.make_experiment()


BAD = {
    "experiment": ({"experiment": "patch"}, "there is no experiment 'patch'; did you mean patch_removal"),
    "no experiment": ({}, "experiment: field required"),
    "no document": (5, "the spec: input should be a valid dictionary"),
    "unknown field": ({"experiment": "patch_removal", "cuont": 1}, "cuont: extra inputs are not permitted"),
    "count": ({"experiment": "patch_removal", "count": 0}, "count: input should be greater than or equal to 1"),
    "version": ({"experiment": "patch_removal", "version": 9, "settings": {"new": 1}}, "of version 9 and this program"),
    "no version": ({"experiment": "patch_removal", "version": 0}, "version: input should be 1"),
    "settings": (
        {"experiment": "patch_removal", "settings": [1]},
        "are [1]; give names with their values",
    ),
    "of the data": ({"experiment": "patch_removal", "data": {"settings": 3}}, "'silhouettes' are 3; give names"),
    "endless": ({"experiment": "patch_removal", "settings": {"patch": math.inf}}, "patch is inf; give a whole number"),
    "no number": (
        {"experiment": "patch_removal", "settings": {"patch": math.nan}},
        "patch is nan; give",
    ),
    "one plugin": (
        {"experiment": "patch_removal", "plugins": "a.py"},
        "plugins is 'a.py'; give a list",
    ),
    "no plugin": ({"experiment": "patch_removal", "plugins": [3]}, "plugins is [3]; give a list of Python files"),
    "source": ({"experiment": "patch_removal", "data": {"source": "silhouetes"}}, "did you mean silhouettes"),
    "world": ({"experiment": "patch_removal", "data": {"settings": {"world": "x"}}}, "world is 'x'"),
    "plugin": ({"experiment": "patch_removal", "plugins": ["gone.py"]}, "gone.py is not an existing Python file"),
}


@pytest.mark.parametrize(("values", "sentence"), BAD.values(), ids=BAD)
def test_a_wrong_spec_is_refused_in_a_sentence(values, sentence):
    with pytest.raises((ValueError, KeyError)) as error:
        spec_from(values)
    text = str(error.value.args[-1])
    assert sentence in text
    assert "\n" not in text


@pytest.mark.parametrize(("name", "text"), [("a.toml", "a = ["), ("a.json", "{"), ("b.json", "\xff")])
def test_a_file_that_is_no_spec_is_refused(tmp_path, name, text):
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match="is not valid"):
        read_spec(tmp_path / name)


def test_a_plugin_that_fails_is_named(tmp_path):
    for number, (text, wrong) in enumerate(
        (("1 / 0", "ZeroDivisionError: division by zero"), ("exit(7)", "SystemExit"))
    ):
        path = tmp_path / f"bad{number}.py"
        path.write_text(text)
        with pytest.raises(ValueError, match=rf"bad{number}.py fails \({wrong}"):
            spec_from({"experiment": "patch_removal", "plugins": [str(path)]})
