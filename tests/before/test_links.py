"""Links that version 0.1 wrote open the same things, and stay the same links."""

import json
import warnings

import pytest

from tests.before.comparing import PROCESSORS, TOLERANCE, assert_same_table, modern, without_further_draws
from tests.before.files import BEFORE

LINKS = json.loads((BEFORE / "links" / "links.json").read_text())
KEPT = ("shelf", "upload")
"""How the value of a parameter begins that names an uploaded file."""


def plain(query: dict[str, str]) -> dict[str, str]:
    """Return the parameters of a query with new names for old; those that name uploads without their values."""
    return {key: "uploaded" if value.startswith(KEPT) else modern(value) for key, value in query.items()}


@pytest.mark.parametrize("link", LINKS, ids=[link["name"] for link in LINKS])
def test_an_old_link_opens_what_it_opened_before(open_page, link):
    with warnings.catch_warnings():
        if "renamed" in link:
            warnings.simplefilter("ignore")
        page = open_page(link["page"], link["query"])
        for key in link["press"]:
            page.press(key)
        assert [message for message in page.messages if link.get("renamed", "no old name") not in message] == []
        assert plain(page.address) == plain(link["query"])
        assert page.mask == link["mask"]
        tables = page.tables
    assert len(tables) == len(link["tables"])  # files have other names since: those of picture, class and settings
    tolerance = PROCESSORS if "attributions" in link["query"] else TOLERANCE
    for now, before in zip(tables.values(), link["tables"].values(), strict=True):
        assert_same_table(without_further_draws(modern(now)), modern(before), tolerance)
    labels = " ".join(button.label for button in page.at.button)
    assert all(text in labels for text in link.get("shows", ()))
    assert not any(text in labels for text in link.get("hides", ()))


def test_there_is_a_link_to_every_page():
    assert len({link["page"] for link in LINKS}) == 6
