"""Attribution masks as a lecturer shows them, in a real Chromium."""

import re

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser.dashboard import CANVAS, Dashboard

pytestmark = pytest.mark.browser
MARKER = ".st-key-film-curves .shapelayer path"
"""The line in a curve at the step that is shown."""


class Film(Dashboard):
    """The page of attribution masks in a browser."""

    def open(self, path: str) -> "Film":
        self.page.goto(self.address + path if path.startswith("/") else path)
        self.page.wait_for_selector(".mx-player")
        self.page.wait_for_selector(".mx-followers")
        self.settle()
        return self

    @property
    def step(self) -> int:
        return int(re.search(r"Iteration (\d+) of", self.page.locator(".mx-player output").inner_text())[1])

    @property
    def seen(self) -> str:
        """What the network saw, of the first attribution."""
        return self.page.locator(".mx-film-lead .mx-frame img").nth(2).get_attribute("src")

    @property
    def followers(self) -> list[str]:
        """What the control films show."""
        return self.page.locator(".mx-followers img").evaluate_all("images => images.map(image => image.src)")

    @property
    def marker(self) -> int:
        """Where on the screen the marker of the first curve stands."""
        return int(self.page.locator(MARKER).first.bounding_box()["x"])

    @property
    def sentence(self) -> Locator:
        """What became of the picture at the step."""
        return self.page.locator(".mx-sentence")

    @property
    def ordered_by(self) -> Locator:
        """Which attribution orders the patches for Compare."""
        return self.page.get_by_text("Patches are ordered by")

    @property
    def step_of_the_page(self) -> int:
        """The step that the server has last been asked for, by what it tells about the order of the patches."""
        told = re.search(r"picture at iteration (\d+);", self.ordered_by.inner_text())
        return int(told[1]) + 1 if told else 1

    def wait_for(self, step: int) -> None:
        self.page.wait_for_function(
            "text => document.querySelector('.mx-player output').innerText.startsWith(text)", arg=f"Iteration {step} of"
        )

    def iterate(self, times: int) -> None:
        """Move the slider of iterations."""
        slider = self.page.locator(".st-key-iterations input[type=range]")
        now = int(slider.input_value())
        for _ in range(abs(times - now)):
            slider.press("ArrowRight" if times > now else "ArrowLeft")
        self.settle()

    def player(self, label: str) -> None:
        self.page.locator(".mx-player button", has_text=label).click()


def test_play_step_slide_and_share(page, second_page, address):
    film = Film(page, address).open("/Attribution_masks?iterations=5&step=1&attributions=gxsi,random")
    assert page.locator(".mx-film-lead .mx-row").count() == 2
    seen, followers, marker = film.seen, film.followers, film.marker
    film.player("Play")
    film.wait_for(3)
    assert "step=1" in page.url  # no server was asked
    assert film.seen != seen
    assert film.followers != followers
    assert film.marker > marker
    film.wait_for(5)
    page.wait_for_url("**step=5**")
    page.locator(".mx-player .mx-play", has_text="Play").wait_for()
    film.settle()
    end = film.marker
    film.player("Back")
    page.wait_for_url("**step=4**")
    page.wait_for_function(
        "([place, end]) => document.querySelector(place).getBoundingClientRect().x < end", arg=[MARKER, end]
    )
    page.locator(".mx-player input").fill("2")
    page.wait_for_url("**step=2**")
    film.settle()
    expect(film.sentence).to_contain_text("After 2 iterations")
    film.expect_no_error()

    other = Film(second_page, address).open(page.url)
    assert other.step == 2
    assert other.seen == film.seen
    assert other.followers == film.followers


def test_a_film_that_plays_goes_on_while_one_looks_otherwise(page, address):
    film = Film(page, address).open("/Attribution_masks?iterations=20&step=0")
    seen = film.seen
    film.player("Play")
    film.wait_for(1)
    page.locator(".st-key-stretched label").click()
    page.locator(".mx-film-lead figcaption", has_text="saw, stretched").wait_for()
    step = film.step
    assert step < 20
    film.wait_for(step + 2)
    film.player("Pause")
    stopped = film.step
    page.wait_for_url(f"**step={stopped}**")
    film.settle()
    assert film.step == stopped
    assert film.seen != seen


def test_the_film_shows_the_step_of_the_page(page, address):
    """Also where it was not the browser that chose it: by another class, by fewer iterations, on the way back."""
    film = Film(page, address).open("/Attribution_masks?iterations=6&step=5")
    for iterations, step in ((3, 3), (6, 5)):
        film.iterate(iterations)
        film.wait_for(step)
        expect(film.sentence).to_contain_text(f"After {step} iterations")
        expect(film.ordered_by).to_contain_text(f"picture at iteration {step - 1};")
    page.wait_for_url("**step=5**")
    film.player("Back")
    page.wait_for_url("**step=4**")
    film.settle()
    page.get_by_role("link", name="Compare", exact=True).click()
    page.wait_for_selector(CANVAS)
    page.get_by_role("link", name="Attribution masks", exact=True).click()
    page.wait_for_selector(".mx-followers")
    film.settle()
    film.wait_for(4)
    expect(film.ordered_by).to_contain_text("picture at iteration 3;")

    film.open("/Attribution_masks?iterations=6")
    shown = set()
    for name in ("bottle", "guitar", "leaf"):
        film.choose("Mask made for", name)
        page.locator(".mx-followers h4", has_text=f"As asked: {name}").wait_for()
        film.settle()
        film.wait_for(film.step_of_the_page)
        shown.add(film.step)
    assert len(shown) > 1, "films that all begin alike test nothing"


def test_another_label_and_exports(page, address):
    film = Film(page, address).open("/Attribution_masks?iterations=3")
    film.choose("Mask made for", "bottle")
    page.locator(".mx-film-lead .mx-facts", has_text="Probability of bottle").wait_for()
    page.locator(".mx-followers h4", has_text="As asked: bottle").wait_for()
    expect(film.sentence).to_contain_text("to keep “bottle”")
    with page.expect_download() as waiting:
        page.locator(".st-key-download-GIF button:visible").click()
    with Image.open(waiting.value.path()) as gif:
        assert gif.n_frames == 4
    film.expect_no_error()


def test_the_order_goes_to_compare(page, address):
    film = Film(page, address).open("/Attribution_masks?iterations=2&removed=50&image=scene-003")
    film.press("Open in Compare")
    page.wait_for_selector(".mx-cards")
    page.wait_for_selector(CANVAS)
    film.settle()
    assert "/Compare" in page.url
    assert "image=scene-003" in page.url
    assert "model=silhouettes%2Fnib-vgg" in page.url, "Compare begins with another classifier"
    assert film.hidden == 50
    film.expect_no_error()


def test_on_a_narrow_screen_all_control_films_are_in_sight(page, address):
    page.set_viewport_size({"width": 800, "height": 1000})
    Film(page, address).open("/Attribution_masks?iterations=1")
    cards = page.locator(".mx-followers .mx-row")
    assert cards.count() == 5
    boxes = [card.bounding_box() for card in cards.all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 800 for box in boxes)
    shots = [page.locator(".mx-followers .mx-shots").nth(number).bounding_box()["y"] for number in range(3)]
    assert boxes[0]["y"] == boxes[2]["y"]
    assert max(shots) - min(shots) < 1, "pictures that are compared stand on one line"


def test_a_run_survives_a_reload_and_can_be_cancelled(page, address):
    long = "/Attribution_masks?attributions=integrated_gradients&iterations=20&integrated_gradients.steps=200"
    page.goto(address + long)
    bar = page.locator("[data-testid=stProgress]").first
    bar.wait_for()
    page.reload()
    bar.wait_for()
    page.wait_for_function(
        "() => /step [1-9]/.test(document.querySelector('[data-testid=stProgress]')?.innerText ?? '')"
    )
    page.locator(".st-key-film-cancel button").click()
    page.locator("[data-testid=stAlert]", has_text="Cancelled.").wait_for()
    assert page.locator(".mx-player").count() == 0
    assert page.get_by_role("button", name="Try again").count() == 1


def test_a_bad_link_gets_a_sentence(page, address):
    film = Film(page, address).open("/Attribution_masks?for=999&iterations=50&attributions=magic")
    text = " ".join(film.alerts)
    assert "'999'" in text
    assert "'50'" in text
    assert "'magic'" in text
    assert page.locator("[data-testid=stException]").count() == 0
