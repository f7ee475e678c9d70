"""Sets of prepared states: what a file may say, what is refused and how, and the sets that come with the program."""

import re

import pytest

from masking.lessons import IDEAS
from masking.lessons.idea import Link
from masking.lessons.prepared import VARIABLE, all_sets, load_set, read_link
from masking.runtime.settings import load_settings

PAGES = ("", "Compare", "Layers", "Shape_leakage", "LIME", "Attribution_masks", "Benchmarks", "Learn")
HOST = "lab.example"
STATE = '[[state]]\ntitle = "A cat"\nlink = "/Compare?image=chelsea&methods=blackout,greyout"\n'


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder of own sets, as a function that writes a file there and returns its path."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv(VARIABLE, str(folder))

    def write(text, name="mine.toml"):
        path = folder / name
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.mark.parametrize(
    "link",
    [
        "/Compare?image=chelsea&mask=a.b-_",
        "Compare?image=chelsea&mask=a.b-_",
        "http://localhost:8501/Compare?image=chelsea&mask=a.b-_",
        "http://127.0.0.1:8502/Compare?image=chelsea&mask=a.b-_#top",
        "https://lab.example/class/Compare?image=chelsea&mask=a.b-_",
        "/Compare?image=chelsea&mask=a.b-_&present=1&set=other&slide=7&lesson=idea%3Dblack",
    ],
)
def test_a_link_is_taken_whole_or_from_the_pages_name_on(link):
    assert read_link(link, PAGES, HOST) == Link("Compare", {"image": "chelsea", "mask": "a.b-_"})


def test_a_link_to_start_keeps_its_values():
    assert read_link("http://localhost:8501/?hidden=30&empty=", PAGES) == Link("", {"hidden": "30", "empty": ""})


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("https://example.org/Compare?image=chelsea", "leads to example.org, not to this dashboard"),
        ("//example.org/Compare", "leads to example.org"),
        ("https://lab.example@example.org/Compare", "leads to example.org"),
        ("https://lab.example.org/Compare", "leads to lab.example.org"),
        ("javascript:alert(1)", "leads to javascript"),
        ("file:///Compare", "leads to file"),
        ("/Comparison?image=chelsea", "names the page 'Comparison'; there are Attribution_masks, Benchmarks, Compare"),
        ("http://[broken/Compare", "is no address"),
    ],
)
def test_a_link_to_elsewhere_is_refused(link, reason):
    with pytest.raises(ValueError, match=re.escape(reason)):
        read_link(link, PAGES, HOST)


def test_a_set_leads_to_its_states_one_after_the_other(own):
    second = '[[state]]\ntitle = "Words"\nlink = "/Learn?idea=black"\n'
    text = f'title = "Mine"\n{STATE}note = "Ask."\ntext = "Large"\n{second}'
    mine = load_set(own(text), PAGES)
    assert (mine.name, mine.title, mine.language) == ("mine", "Mine", "en")
    assert (mine.states[0].note, mine.states[0].text) == ("Ask.", "Large")
    assert mine.link.address == "Learn?present=1&set=mine"
    first = "Compare?image=chelsea&methods=blackout,greyout&present=1&set=mine&slide=1"
    assert [mine.link_to(number).address for number in (1, 2)] == [first, "Learn?idea=black&present=1&set=mine&slide=2"]


def test_a_set_in_another_language_asks_its_pages_for_it(own):
    states = f'{STATE}[[state]]\ntitle = "English"\nlink = "/Learn?lang=en"\n'
    mine = load_set(own(f'title = "Meine"\nlanguage = "de"\n{states}'), PAGES)
    assert [mine.link_to(number).parameters["lang"] for number in (1, 2)] == ["de", "en"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('title = "Mine"\n\ntitle 2', r"mine\.toml is not valid TOML \(.*line 3.*\); correct it"),
        ('title = "Mine"', r"mine\.toml has no states; add one that begins with \[\[state\]\]"),
        (STATE, r'mine\.toml has no title; add title = "…"'),
        (f'titel = "Mine"\n{STATE}', r"mine\.toml has an entry 'titel'; it can have description, language"),
        (f'title = "Mine"\nlanguage = "xx"\n{STATE}', r"mine\.toml asks for the language 'xx'; there are en, de"),
        (f"title = 3\n{STATE}", r"mine\.toml: its title is no text; put it in quotes"),
        ('title = "Mine"\nstate = ["a"]', r"mine\.toml, state 1 is no table; begin it with \[\[state\]\]"),
        (f'title = "Mine"\n{STATE}[[state]]\ntitle = "B"', r'mine\.toml, state 2 \(“B”\) has no link; add link = "…"'),
        (f'title = "Mine"\n{STATE}links = "a"', r"mine\.toml, state 1 has an entry 'links'; it can have link, note"),
        (
            f'title = "Mine"\n{STATE}[[state]]\ntitle = "B"\nlink = "https://example.org/Learn"',
            r"mine\.toml, state 2 \(“B”\): its link leads to example\.org, not to this dashboard; keep only the part",
        ),
    ],
)
def test_a_broken_file_is_refused_in_a_sentence_and_leaves_the_others(own, text, sentence):
    own(text)
    own(f'title = "Other"\n{STATE}', "other.toml")
    listing = all_sets(PAGES)
    assert "mine" not in listing.sets
    assert listing.sets["other"].is_own
    (refusal,) = listing.refusals
    assert re.match(sentence, refusal), refusal


def test_files_that_no_link_can_name_or_nobody_can_read_are_refused(own, tmp_path):
    own(f'title = "Mine"\n{STATE}', "my set.toml")
    (tmp_path / "own" / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    own("#" * 2**20 + f'\ntitle = "Mine"\n{STATE}', "large.toml")
    refusals = all_sets(PAGES).refusals
    assert len(refusals) == 3
    for refusal, part in zip(refusals, ("bytes.toml is not", "large.toml is larger", "rename it"), strict=True):
        assert part in refusal


def test_an_own_set_goes_before_the_one_that_comes_with_the_program_and_is_read_again_when_it_changes(own):
    path = own(f'title = "Mine"\n{STATE}', "first-steps.toml")
    assert all_sets(PAGES).sets["first-steps"].title == "Mine"
    path.write_text(f'title = "Mine, longer"\n{STATE}')
    assert all_sets(PAGES).sets["first-steps"].title == "Mine, longer"


def test_the_settings_name_the_folder_too_and_a_missing_one_is_said(tmp_path, monkeypatch):
    settings = tmp_path / "masking.toml"
    settings.write_text('[lessons]\nfolder = "sets"\n')
    monkeypatch.setenv("MASKING_SETTINGS", str(settings))
    monkeypatch.delenv(VARIABLE, raising=False)
    assert load_settings().lessons_folder == tmp_path / "sets"
    assert all_sets(PAGES).refusals[0].startswith(f"the folder of your own sets, {tmp_path / 'sets'}, is not there")
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "mine.toml").write_text(f'title = "Mine"\n{STATE}')
    assert all_sets(PAGES).sets["mine"].is_own
    settings.write_text("[lessons")
    assert "is not valid TOML" in all_sets(PAGES).refusals[0]
    assert "first-steps" in all_sets(PAGES).sets


def test_the_sets_of_the_program_show_what_they_say(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    listing = all_sets(PAGES)
    assert not listing.refusals
    assert {"first-steps", "thirty-minutes", "sixty-minutes", "erste-schritte"} <= listing.sets.keys()
    for name in ("first-steps", "erste-schritte"):
        shown = [state.link.parameters["idea"] for state in listing.sets[name].states]
        assert len(shown) == len(set(shown)) == 8
    assert {state.link.page for state in listing.sets["sixty-minutes"].states} >= set(PAGES[1:])
    learn = [state.link for each in listing.sets.values() for state in each.states if state.link.page == "Learn"]
    for link in learn:
        idea = IDEAS[link.parameters["idea"]]
        assert link.parameters["at"] in idea.control.values, f"{idea.name}: the figure is not shown"
