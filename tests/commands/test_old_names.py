"""Old names on the command line: they are read, and one line on standard error says the new one."""

import warnings

import pytest

RENAMED = "'pgxi_code' is called 'pgxi_released' now; the old name is read until version 0.3\n"
SPEC = """
experiment = "mia"
count = 1
[settings]
attributions = ["pgxi_code"]
controls = ["true_label"]
iterations = 0
"""


@pytest.fixture(autouse=True)
def _shown_warnings():
    """Let warnings be shown, as they are outside tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", FutureWarning)
        yield


def test_an_old_name_gives_one_line(run):
    code, out, err = run("attribution-mask", "picture.png", "--iterations", 0, "--attribution", "pgxi_code")
    assert code == 0
    assert out
    assert err == f"missingness: the attribution {RENAMED}"


def test_an_old_name_in_a_spec_file_gives_one_line(run, store, tmp_path):
    path = tmp_path / "spec.toml"
    path.write_text(SPEC)
    code, _, err = run("bench", "run", path)
    assert code == 0
    assert err.startswith(f"missingness: {RENAMED}")
    assert err.count("pgxi_released") == 1
    (stored,) = store.runs()
    assert stored.spec.settings["attributions"] == ["pgxi_code"]
