"""The silhouette game in a real Chromium: on the page by keyboard, and in a file without a server."""

import base64
import json
import re

import pytest
from playwright.sync_api import expect

from masking.lessons import IDEAS, load_text, stored_facts
from masking.lessons.parts import Widget
from masking.runtime.assets import ASSETS
from tests.browser.rest import wait_until_it_rests

pytestmark = pytest.mark.browser
IDEA, TEXT = IDEAS["silhouettes"], load_text()
SHOWN = ".mx-game:not([hidden])"
WRONG = 2
"""The hole that is named wrongly."""


def game(at: str) -> dict:
    parts = IDEA.draw(at, stored_facts(IDEA, at), TEXT).parts
    return {
        **next(part.data for part in parts if isinstance(part, Widget)),
        "digest": at,
        "alt": TEXT("silhouettes.alt"),
    }


def picks(data: dict, first: int = 0) -> list[str]:
    """The right names of five holes, but for one."""
    truths = [scene["truth"] for scene in data["scenes"][first : first + 5]]
    truths[WRONG] = (truths[WRONG] + 1) % len(data["classes"])
    return [data["classes"][truth] for truth in truths]


def go_to(page, name: str) -> None:
    """Type the first letter of a name until its button has the focus."""
    for _ in range(16):
        if page.evaluate("document.activeElement.textContent") == name:
            return
        page.keyboard.press(name[0])
    raise AssertionError(f"no button {name!r}")


def test_the_game_is_played_by_keyboard_and_its_result_is_kept(page, address):
    data = game("exact")
    page.goto(f"{address}/Learn?idea=silhouettes")
    choices = page.locator(f"{SHOWN} .mx-game-choices button")
    expect(choices).to_have_count(16)
    expect(page.locator(".mx-reading")).to_have_count(0)
    choices.first.focus()
    page.keyboard.press("ArrowDown")
    expect(choices.nth(4)).to_be_focused()
    for name in picks(data):
        go_to(page, name)
        page.keyboard.press("Enter")
        expect(page.locator(f"{SHOWN} .mx-game-answers li")).to_have_count(4)
        expect(page.locator(f"{SHOWN} .mx-game-main")).to_be_focused()
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("guesses=silhouettes%3A4-5-exact"))
    network = TEXT("silhouettes.score", right=5, played=5)
    you = f"{TEXT('silhouettes.score', right=4, played=5)} ({TEXT('silhouettes.kinds.exact')})"
    expect(page.locator(".mx-reading")).to_contain_text(TEXT("silhouettes.played", guess=you, answer=network))
    rows = page.locator(f"{SHOWN} tbody tr")
    expect(rows).to_have_count(4)  # the page has run again, and the game is still where it was
    wait_until_it_rests(page)
    page.get_by_role("button", name=TEXT("lesson.to_review"), exact=True).locator("visible=true").first.click()
    row = page.get_by_role("row", name=TEXT("silhouettes.title"))
    expect(row).to_contain_text(you)
    expect(row).to_contain_text(network)


def plain_file(datas: list[dict]) -> str:
    """A page that shows the game without a server; `show(n)` gives it the n-th data, as a rerun does."""
    script = base64.b64encode((ASSETS / "widgets" / "game.js").read_bytes()).decode()
    style = (ASSETS / "widgets" / "game.css").read_text("utf-8")
    return f"""<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
      <style>{style}</style><body style="margin: 16px; font-family: sans-serif"><div id="game"></div>
      <script type="module">
        import draw from "data:text/javascript;base64,{script}";
        const datas = {json.dumps(datas)}, parentElement = document.getElementById("game");
        window.reports = [];
        const setStateValue = (...given) => reports.push(given);
        window.show = (n) => draw({{ data: datas[n], parentElement, setStateValue }});
        show(0);
      </script>"""


def play(page, names: list[str]) -> None:
    for name in names:
        page.locator(f"{SHOWN} .mx-game-choices").get_by_role("button", name=name, exact=True).click()
        page.locator(f"{SHOWN} .mx-game-main").click()


def test_the_game_works_in_a_file_and_on_a_telephone(page):
    exact, box = game("exact"), game("box")
    page.set_viewport_size({"width": 390, "height": 844})
    page.set_content(plain_file([exact, box, {**exact, "digest": "computed here"}]))
    play(page, picks(exact))
    cells = page.locator(f"{SHOWN} tbody tr").first.locator("td")
    value, low, high = exact["bits"]["5"][4]["text"]
    bits = TEXT("silhouettes.game.bits", bits=value, low=low, high=high)
    expect(cells.first).to_have_text(f"{TEXT('silhouettes.score', right=4, played=5)} {bits}")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name=TEXT("silhouettes.game.more")).click()
    play(page, picks(exact, first=5)[:1])
    page.evaluate("show(1)")
    expect(page.locator(f"{SHOWN} .mx-game-step")).to_contain_text(TEXT("silhouettes.game.hole", number=1, total=5))
    page.evaluate("show(2)")  # back to the first hole, with data that this machine has computed: the game goes on
    step = page.locator(f"{SHOWN} .mx-game-step")
    expect(step).to_contain_text(TEXT("silhouettes.game.hole", number=2, total=5))
    expect(step).to_contain_text("✓ ● ○ ○ ○")
    play(page, picks(exact, first=5)[1:])
    assert page.evaluate("reports") == [["report", "4-5-exact"], ["report", "8-10-exact"]]
    expect(page.locator(f"{SHOWN} .mx-game-thumbs li")).to_have_count(10)
    page.get_by_role("button", name=TEXT("silhouettes.game.again")).click()
    expect(step).to_contain_text("● ○ ○ ○ ○")
