"""A link to the form of a new run that names an attribution as it was called before."""

import pytest

from tests.pages.runs.runs_page import RunsPage


@pytest.fixture(autouse=True)
def _store(folders, fresh_server):
    """A store without runs."""


def test_a_link_with_an_old_name_opens_and_names_the_new_one():
    page = RunsPage(experiment="mia", **{"mia.attributions": "gxsi,pgxi_code"})
    assert page.warnings == ["The link asks for pgxi_code, which is called pgxi_released now."]
    assert "--set attributions=gxsi,pgxi_released" in page.command
    assert page.address["mia.attributions"] == "gxsi,pgxi_released"
