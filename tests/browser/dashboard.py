"""Actions on the Compare page in a browser, for the tests."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.rest import wait_until_it_rests

ROOT = Path(__file__).parents[2]
CANVAS = ".mx-canvas canvas"
SIDE = 384
"""The width of the canvas in the pixels in which tests draw, whatever its width on the screen."""
BETWEEN_CLICKS = 350
"""Milliseconds, so that two clicks are no double click."""


class Dashboard:
    """The Compare page in a browser."""

    def __init__(self, page: Page, address: str):
        self.page, self.address = page, address

    def open(self, path: str = "/Compare") -> "Dashboard":
        """Open a deep link and wait for the cards."""
        self.page.goto(self.address + path if path.startswith("/") else path)
        self.page.wait_for_selector(".mx-cards")
        self.page.wait_for_selector(CANVAS)
        self.settle()
        return self

    def settle(self) -> None:
        """Wait until the app rests: no rerun, no job."""
        wait_until_it_rests(self.page)

    @property
    def hidden(self) -> float:
        """The hidden share that the page shows, in percent."""
        return float(self.page.locator(".mx-share b").inner_text().rstrip("%"))

    @property
    def cards(self) -> list[str]:
        """Text of every card."""
        return self.page.locator(".mx-card").all_inner_texts()

    @property
    def pictures(self) -> list[str]:
        """Source of every card's picture: equal sources are equal pixels."""
        return self.page.locator(".mx-card img").evaluate_all("images => images.map(image => image.src)")

    @property
    def alerts(self) -> list[str]:
        """The sentences in warning and error boxes."""
        return self.page.locator("[data-testid=stAlert]").all_inner_texts()

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Drag over the canvas."""
        mouse = self.page.mouse
        mouse.move(*self.on_screen(start))
        mouse.down()
        mouse.move(*self.on_screen(end), steps=12)
        mouse.up()
        self.settle()

    def click_canvas(self, *points: tuple[int, int]) -> None:
        """Click points of the canvas one after the other."""
        for number, point in enumerate(points):
            if number:
                self.page.wait_for_timeout(BETWEEN_CLICKS)
            self.page.mouse.click(*self.on_screen(point))
        self.settle()

    def on_screen(self, point: tuple[int, int]) -> tuple[float, float]:
        """Return where a point of the canvas lies on the screen."""
        box = self.page.locator(CANVAS).bounding_box()
        return tuple(box[side] + coordinate * box["width"] / SIDE for side, coordinate in zip("xy", point, strict=True))

    def press(self, label: str) -> None:
        """Press a button by its label."""
        self.page.locator("[data-testid=stMain] button:visible", has_text=label).first.click()
        self.settle()

    def tool(self, name: str) -> None:
        """Choose a drawing tool, or what the pen does."""
        self.page.locator(".mx-canvas-tools").get_by_role("radio", name=name, exact=True).check(force=True)

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a select box."""
        box = self.page.get_by_role("combobox", name=label, exact=True)
        box.click()
        box.fill(option)
        self.page.get_by_role("option", name=option).first.click()
        self.settle()

    def upload(self, data_name: str, mime: str, content: bytes) -> None:
        """Upload a photograph."""
        self.press("Upload")
        field = self.page.locator("[data-testid=stMain] input[type=file]").first
        field.set_input_files({"name": data_name, "mimeType": mime, "buffer": content})
        self.settle()

    def expect_no_error(self) -> None:
        """Expect neither a traceback nor an alert."""
        expect(self.page.locator("[data-testid=stException]")).to_have_count(0)
        expect(self.page.locator("[data-testid=stAlert]")).to_have_count(0)
