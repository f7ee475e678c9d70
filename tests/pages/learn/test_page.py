"""The lesson from the first screen to the last; the numbers on it are the library's."""

import pytest

from masking.lessons import all_ideas, load_text, stored_facts
from masking.lessons.parts import Widget
from masking.lessons.stored import command_of
from masking.models.class_names import short_names
from tests.pages.learn.learn_page import LearnPage

IDEAS = all_ideas()
ENGLISH = load_text()


def words(key: str, **values: object) -> str:
    return ENGLISH(key, **values)


@pytest.fixture(autouse=True)
def facts_at_no_cost(fresh_server, monkeypatch):
    """Each idea has tests of what it computes; here the stored facts stand in for that."""

    def stored(idea):
        facts = {idea.computed_for(at): stored_facts(idea, at) for at in idea.control.values}
        return lambda self, key, on_step: facts[key]

    for idea in IDEAS:
        monkeypatch.setattr(type(idea), "compute", stored(idea))


def test_the_whole_lesson_guessing_at_every_screen():
    page = LearnPage()
    for idea in IDEAS:
        expected = idea.draw(idea.control.start, stored_facts(idea, idea.control.start), ENGLISH)
        assert page.text("mx-question") == words(f"{idea.name}.question")
        if idea.guesses:
            assert not page.text("mx-reading"), "the verdict waits for the guess"
            page.press(idea.describe_guess(idea.guesses[0], ENGLISH))
            assert page.address["guesses"].endswith(f"{idea.name}:{idea.guesses[0]}")
        elif any(isinstance(part, Widget) and part.reports for part in expected.parts):
            assert not page.text("mx-reading"), "the verdict waits for the game"
            page.press(words("lesson.show"))
        assert expected.verdict in page.text("mx-reading")
        assert words(f"{idea.name}.keep") in page.text("mx-keep")
        assert any(command_of(idea) in caption for caption in page.captions)
        following = IDEAS[idea.number] if idea.number < len(IDEAS) else None
        title = words(f"{following.name}.title") if following else words("lesson.to_review")
        page.press(words("lesson.next", title=title))
    rows = [[cell.text for cell in row.all("td")] for row in page.parts("tr", "")]
    guessed = {row[0]: row[1:3] for row in rows if row}
    for idea in IDEAS:
        guess, answer = guessed[f"{idea.number}. {words(f'{idea.name}.title')}"]
        if idea.guesses:
            assert guess == idea.describe_guess(idea.guesses[0], ENGLISH)
            assert answer != "–"
    assert page.text("mx-reading").endswith("guesses were right.")
    page.press(words("lesson.again"))
    assert page.text("mx-question") == words(f"{IDEAS[0].name}.question")
    assert "guesses" not in page.address


def test_the_numbers_of_the_first_screen_are_the_network_s_own(lite):
    page = LearnPage(idea="hiding", at="50")
    facts = stored_facts(IDEAS[0], "50")
    cards = [" ".join(card.text.split()) for card in page.parts("li", "")]
    names = short_names(lite.categories)
    whole, *methods = [card for card in cards if "cat" in card][:5]
    assert ENGLISH.percent(facts["whole"]["probability"], 1) in whole
    for card, name in zip(methods, ("blackout", "greyout", "neighbour_fill", "layer_masking"), strict=True):
        assert f"“{names[facts[name]['index']]}”" in card
        assert card.endswith(ENGLISH.percent(facts[name]["probability"], 1))


def test_the_control_s_value_is_in_the_link_and_its_figure_in_the_verdict():
    page = LearnPage(idea="hiding", at="50")
    page.at.select_slider(key="control-hiding").set_value("20")
    page.run()
    assert page.address["at"] == "20"
    assert page.text("mx-reading").startswith("20 % of the picture")
    again = LearnPage(**page.address)
    assert again.text("mx-reading") == page.text("mx-reading")


def test_show_me_shows_the_figure_without_a_guess():
    page = LearnPage()
    page.press(words("lesson.show"))
    assert page.text("mx-reading")
    assert "guesses" not in page.address


def test_the_door_leads_to_the_full_page_in_this_state_and_carries_the_way_back():
    page = LearnPage(idea="hiding", at="30")
    (door,) = page.parts("a", "mx-door")
    address = door.attributes["href"]
    assert address.startswith(IDEAS[0].link("30").address)
    assert "lesson=idea%3Dhiding%26at%3D30" in address


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"idea": "nothing"}, "idea 'nothing'"),
        ({"idea": "0"}, "idea '0'"),
        ({"idea": "hiding", "at": "51"}, "at is '51'"),
        ({"lang": "xx"}, "'xx'"),
        ({"lang": "../en"}, "'../en'"),
    ],
)
def test_a_link_that_asks_for_what_is_not_here_is_answered_in_one_sentence(address, said):
    page = LearnPage(**address)
    assert any(said in warning.value for warning in page.at.warning)
    assert page.text("mx-question") == words("hiding.question")


def test_guesses_that_no_idea_takes_are_left_out():
    page = LearnPage(idea="review", guesses="hiding:<b>,nothing:cat,:::,hiding")
    assert words("lesson.review.none") in page.text("mx-reading")


def test_a_number_names_an_idea_too():
    assert LearnPage(idea="1").text("mx-question") == words("hiding.question")
    assert LearnPage(idea="1" * 5000).text("mx-question") == words("hiding.question")


def test_the_lesson_speaks_german():
    page = LearnPage(idea="hiding", at="50", lang="de", guesses="hiding:cat")
    german = load_text("de")
    assert page.text("mx-question") == german("hiding.question")
    assert german(
        "lesson.wrong", guess=german("hiding.guesses.cat"), answer=german("hiding.guesses.depends")
    ) in page.text("mx-reading")
    assert any("92,0 %" in card.text for card in page.parts("li", ""))


def test_a_computation_that_fails_leaves_the_stored_result_and_says_why(monkeypatch):
    def fail(self, key, on_step):
        raise ValueError("the weights are damaged")

    monkeypatch.setattr(type(IDEAS[0]), "compute", fail)
    page = LearnPage(idea="hiding", at="50").settle()
    assert page.text("mx-reading").startswith("50 %")
    assert any("The weights are damaged." in caption for caption in page.captions)


def test_a_machine_that_computes_something_else_says_what(monkeypatch):
    other = {**stored_facts(IDEAS[0], "50")}
    other["blackout"] = {**other["blackout"], "named": 16}
    monkeypatch.setattr(type(IDEAS[0]), "compute", lambda self, key, on_step: other)
    page = LearnPage(idea="hiding", at="50").settle()
    assert "16 times under blackout" in page.text("mx-reading")
    assert any("blackout named is 0 as stored, and 16 here" in caption for caption in page.captions)


def test_the_result_of_a_game_stands_beside_the_network_s_and_is_neither_right_nor_wrong():
    played = "silhouettes:4-5-exact"
    page = LearnPage(idea="silhouettes", guesses=played)
    you, network = (ENGLISH("silhouettes.score", right=right, played=5) for right in (4, 5))
    said = ENGLISH("silhouettes.played", guess=f"{you} ({ENGLISH('silhouettes.kinds.exact')})", answer=network)
    assert page.text("mx-reading").startswith(said)
    review = LearnPage(idea="review", guesses=played)
    assert review.text("mx-reading") == words("lesson.review.only_played")
    (row,) = [row.text for row in review.parts("tr", "") if words("silhouettes.title") in row.text]
    assert you in row
    assert network in row


def test_an_address_that_the_browser_sent_before_it_heard_of_the_next_screen_does_not_lead_back():
    page = LearnPage(idea="hiding", guesses="hiding:cat")
    late = page.address
    page.press(words("lesson.next", title=words("black.title")))
    page.press(black := ENGLISH("black.guesses.maze"))
    page.at.query_params.clear()
    for key, value in late.items():
        page.at.query_params[key] = value
    page.run()
    assert page.text("mx-question") == words("black.question")
    assert black in page.text("mx-reading")
    assert page.address["idea"] == "black"
    assert page.address["guesses"] == "hiding:cat,black:maze"


def test_an_address_that_the_lesson_comes_to_again_is_no_late_one():
    page = LearnPage(idea="hiding")
    page.press(words("lesson.next", title=words("black.title")))
    page.press(words("lesson.back", title=words("hiding.title")))
    page.run()
    assert page.text("mx-question") == words("hiding.question")
