"""Attribution masks as a lecturer shows them, in a real Chromium."""

import re

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser.dashboard import CANVAS, Dashboard

pytestmark = pytest.mark.browser
MARKER = ".st-key-film-curves .shapelayer path"
"""The line in a curve at the step that is shown."""


class AttributionMasks(Dashboard):
    """The page of attribution masks in a browser."""

    def open(self, path: str) -> "AttributionMasks":
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
        """The picture that the network saw, for the first attribution."""
        return self.page.locator(".mx-film-lead .mx-frame img").nth(2).get_attribute("src")

    @property
    def followers(self) -> list[str]:
        """The pictures of the controls."""
        return self.page.locator(".mx-followers img").evaluate_all("images => images.map(image => image.src)")

    @property
    def marker(self) -> int:
        """The horizontal position of the first curve's marker, in pixels of the screen."""
        return int(self.page.locator(MARKER).first.bounding_box()["x"])

    @property
    def sentence(self) -> Locator:
        """The sentence about the shown step."""
        return self.page.locator(".mx-sentence")

    @property
    def ordered_by(self) -> Locator:
        """The sentence that names the attribution that orders the patches for Compare."""
        return self.page.get_by_text("Patches are ordered by")

    @property
    def step_of_the_page(self) -> int:
        """The step that the server knows, read from the sentence about the order of the patches."""
        match = re.search(r"picture at iteration (\d+);", self.ordered_by.inner_text())
        return int(match[1]) + 1 if match else 1

    def wait_for(self, step: int) -> None:
        self.page.wait_for_function(
            "text => document.querySelector('.mx-player output').innerText.startsWith(text)", arg=f"Iteration {step} of"
        )

    def open_settings(self) -> None:
        """Unfold the number of iterations and how pictures are shown."""
        self.page.locator(".st-key-film-settings button").first.click()
        self.page.locator(".st-key-iterations").wait_for()

    def iterate(self, times: int) -> None:
        """Move the slider of iterations."""
        self.open_settings()
        slider = self.page.locator(".st-key-iterations input[type=range]")
        now = int(slider.input_value())
        for _ in range(abs(times - now)):
            slider.press("ArrowRight" if times > now else "ArrowLeft")
        self.settle()
        self.page.keyboard.press("Escape")
        self.settle()

    def player(self, label: str) -> None:
        self.page.locator(".mx-player button", has_text=label).click()


def test_play_step_slide_and_share(page, second_page, address):
    dashboard = AttributionMasks(page, address).open("/Attribution_masks?iterations=5&step=1&attributions=gxsi,random")
    assert page.locator(".mx-film-lead .mx-row").count() == 2
    seen, followers, marker = dashboard.seen, dashboard.followers, dashboard.marker
    dashboard.player("Play")
    dashboard.wait_for(3)
    assert "step=1" in page.url  # no server was asked
    assert dashboard.seen != seen
    assert dashboard.followers != followers
    assert dashboard.marker > marker
    dashboard.wait_for(5)
    page.wait_for_url("**step=5**")
    page.locator(".mx-player .mx-play", has_text="Play").wait_for()
    dashboard.settle()
    end = dashboard.marker
    dashboard.player("Back")
    page.wait_for_url("**step=4**")
    page.wait_for_function(
        "([place, end]) => document.querySelector(place).getBoundingClientRect().x < end", arg=[MARKER, end]
    )
    page.locator(".mx-player input").fill("2")
    page.wait_for_url("**step=2**")
    dashboard.settle()
    expect(dashboard.sentence).to_contain_text("After 2 iterations")
    dashboard.expect_no_error()

    other = AttributionMasks(second_page, address).open(page.url)
    assert other.step == 2
    assert other.seen == dashboard.seen
    assert other.followers == dashboard.followers


def test_keys_steer_and_late_answers_of_the_server_change_nothing(page, address):
    dashboard = AttributionMasks(page, address).open("/Attribution_masks?iterations=5&step=1&attributions=gxsi")
    page.evaluate(
        """() => {
          window.shown = [];
          const output = document.querySelector(".mx-player output");
          const note = () => window.shown.push(Number(output.innerText.match(/\\d+/)[0]));
          new MutationObserver(note).observe(output, {childList: true, characterData: true, subtree: true});
        }"""
    )
    page.locator("body").press("ArrowRight")  # nothing is focused
    page.wait_for_url("**step=2**")
    for _ in range(3):
        page.locator("body").press("ArrowRight")
        page.wait_for_timeout(420)  # long enough to be sent before the server has answered the one before
    page.wait_for_url("**step=5**")
    dashboard.settle()
    assert page.evaluate("window.shown.every((step, index, all) => !index || step >= all[index - 1])")
    slider = page.locator(".mx-player input")
    slider.focus()
    page.keyboard.press("Home")
    dashboard.wait_for(0)
    page.keyboard.press("Space")
    page.locator(".mx-player .mx-play", has_text="Pause").wait_for()
    dashboard.wait_for(1)
    page.keyboard.press("Space")
    page.locator(".mx-player .mx-play", has_text="Play").wait_for()
    assert page.locator(".mx-player[role=group]").get_attribute("aria-label")
    field = page.get_by_role("combobox", name="Mask made for", exact=True)
    field.press("ArrowRight")
    stopped = dashboard.step
    page.wait_for_timeout(100)
    assert dashboard.step == stopped, "keys in a field belong to the field"


CHARTS_FIT = """width => {
  const charts = [...document.querySelectorAll("[class*=st-key-film-curves] .js-plotly-plot")];
  return charts.length === 3 && charts.every((chart) => {
    const [plot, title, ticks, legend] = [".yaxislayer-above", ".gtitle", ".xaxislayer-above", ".legend"].map((part) =>
      chart.querySelector(part)?.getBoundingClientRect());
    return plot && title && title.bottom <= plot.top + 6 && title.right <= width
      && (!legend || legend.top >= ticks.bottom - 1);
  });
}"""
"""Whether no title of the film's charts runs into its plot or off the screen, and no legend covers the ticks."""


def test_reduced_motion_slows_the_film_and_it_fits_every_screen(page, address):
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": 1024, "height": 576})
    dashboard = AttributionMasks(page, address).open("/Attribution_masks?iterations=3&step=0")
    assert page.locator(".mx-film-lead .mx-frame").first.bounding_box()["y"] < 500
    dashboard.player("Play")
    page.wait_for_timeout(1200)
    assert dashboard.step == 0
    dashboard.wait_for(1)
    dashboard.player("Pause")
    for width in (1024, 390):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(CHARTS_FIT, arg=width)

    page.set_viewport_size({"width": 800, "height": 1000})
    dashboard.settle()
    cards = page.locator(".mx-followers .mx-row")
    assert cards.count() == 5
    boxes = [card.bounding_box() for card in cards.all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 800 for box in boxes)
    shots = [page.locator(".mx-followers .mx-shots").nth(number).bounding_box()["y"] for number in range(3)]
    assert boxes[0]["y"] == boxes[2]["y"]
    assert max(shots) - min(shots) < 1, "pictures that are compared stand on one line"


def test_playing_goes_on_when_the_display_changes(page, address):
    dashboard = AttributionMasks(page, address).open("/Attribution_masks?iterations=20&step=0")
    seen = dashboard.seen
    dashboard.player("Play")
    dashboard.wait_for(1)
    dashboard.open_settings()
    page.locator(".st-key-stretched label").click()
    page.locator(".mx-film-lead figcaption", has_text="saw, stretched").wait_for()
    step = dashboard.step
    assert step < 20
    dashboard.wait_for(step + 2)
    dashboard.player("Pause")
    stopped = dashboard.step
    page.wait_for_url(f"**step={stopped}**")
    dashboard.settle()
    assert dashboard.step == stopped
    assert dashboard.seen != seen


def test_a_step_does_not_send_the_frames_again_and_the_order_goes_to_compare(page, address):
    received = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    dashboard = AttributionMasks(page, address).open("/Attribution_masks?iterations=6&removed=50&image=scene-003")
    frames = sum(len(source) for source in page.locator(".mx-film-lead img").evaluate_all("all => all.map(i => i.src)"))
    received.clear()
    dashboard.player("Back")
    page.wait_for_url("**step=**")
    dashboard.settle()
    assert sum(received) < 3 * frames  # all iterations are six times as many

    dashboard.press("Open in Compare")
    page.wait_for_selector(".mx-cards")
    page.wait_for_selector(CANVAS)
    dashboard.settle()
    assert "/Compare" in page.url
    assert "image=scene-003" in page.url
    assert "model=silhouettes%2Fnib-vgg" in page.url, "Compare begins with another classifier"
    assert dashboard.hidden == 50
    dashboard.expect_no_error()


def test_the_player_shows_the_step_of_the_page(page, address):
    """The step can also come from another class, from fewer iterations, or from a return to the page. Then exports."""
    dashboard = AttributionMasks(page, address).open("/Attribution_masks?iterations=6&step=5")
    for iterations, step in ((3, 3), (6, 5)):
        dashboard.iterate(iterations)
        dashboard.wait_for(step)
        expect(dashboard.sentence).to_contain_text(f"After {step} iterations")
        expect(dashboard.ordered_by).to_contain_text(f"picture at iteration {step - 1};")
    page.wait_for_url("**step=5**")
    dashboard.player("Back")
    page.wait_for_url("**step=4**")
    dashboard.settle()
    page.locator(".st-key-menu").get_by_role("link", name="Compare", exact=True).click()
    page.wait_for_selector(CANVAS)
    page.locator(".st-key-menu").get_by_role("link", name="Attribution masks", exact=True).click()
    page.wait_for_selector(".mx-followers")
    dashboard.settle()
    dashboard.wait_for(4)
    expect(dashboard.ordered_by).to_contain_text("picture at iteration 3;")

    dashboard.open("/Attribution_masks?iterations=6")
    shown = set()
    for name in ("bottle", "guitar", "leaf"):
        dashboard.choose("Mask made for", name)
        page.locator(".mx-followers h4", has_text=f"As asked: {name}").wait_for()
        dashboard.settle()
        dashboard.wait_for(dashboard.step_of_the_page)
        shown.add(dashboard.step)
    assert len(shown) > 1, "films that all begin alike test nothing"
    expect(page.locator(".mx-film-lead .mx-facts", has_text="“leaf”")).to_be_visible()
    expect(dashboard.sentence).to_contain_text("for “leaf”")
    with page.expect_download() as waiting:
        page.locator(".st-key-download-GIF button:visible").click()
    with Image.open(waiting.value.path()) as gif:
        assert gif.n_frames == 7
    dashboard.expect_no_error()


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
    dashboard = AttributionMasks(page, address).open("/Attribution_masks?for=999&iterations=50&attributions=magic")
    text = " ".join(dashboard.alerts)
    assert "'999'" in text
    assert "'50'" in text
    assert "'magic'" in text
    assert page.locator("[data-testid=stException]").count() == 0
