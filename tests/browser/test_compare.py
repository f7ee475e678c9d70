"""The main job as a person does it, in a real Chromium."""

import csv
import io
import json

import pytest
import skimage.data
from PIL import Image

from masking.masks.mask import Mask
from tests.browser.dashboard import Dashboard

pytestmark = pytest.mark.browser


@pytest.fixture
def dashboard(page, address) -> Dashboard:
    return Dashboard(page, address)


def photograph(kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(skimage.data.coffee()).save(buffer, kind)
    return buffer.getvalue()


def download(dashboard: Dashboard, label: str) -> bytes:
    with dashboard.page.expect_download() as waiting:
        dashboard.page.locator(f".st-key-download-{label} button:visible").first.click()
    return waiting.value.path().read_bytes()


def test_upload_draw_erase_undo_and_share(dashboard, second_page, address):
    dashboard.open("/Compare?model=cifar10/nib-vgg16-slim")
    dashboard.upload("coffee.jpg", "image/jpeg", photograph())
    dashboard.press("Clear")
    assert dashboard.hidden == 0
    untouched = dashboard.pictures
    assert untouched[0] == untouched[1] == untouched[2]

    dashboard.drag((40, 120), (340, 140))
    after_stroke = dashboard.hidden
    assert 5 < after_stroke < 20
    assert all(new != old for new, old in zip(dashboard.pictures[1:], untouched[1:], strict=True))
    assert dashboard.pictures[0] == untouched[0]

    dashboard.tool("Show again")
    dashboard.drag((190, 60), (190, 200))
    after_erasing = dashboard.hidden
    assert 0 < after_erasing < after_stroke

    dashboard.press("Undo")
    assert dashboard.hidden == after_stroke
    dashboard.press("Undo")
    assert dashboard.hidden == 0
    dashboard.tool("Hide")
    dashboard.drag((60, 300), (300, 80))
    dashboard.expect_no_error()

    other = Dashboard(second_page, address).open(dashboard.page.url)
    assert other.hidden == dashboard.hidden
    assert other.pictures == dashboard.pictures
    assert other.cards == dashboard.cards
    here, there = (json.loads(download(b, "JSON"))["manifest"] for b in (dashboard, other))
    assert here["mask"] == there["mask"]
    assert here["image"] == there["image"]


def test_every_shape_hides_what_it_covers_and_superpixels_are_picked_by_clicking(dashboard):
    dashboard.open("/Compare?image=scene-004")
    dashboard.press("Clear")
    dashboard.tool("Rectangle")
    dashboard.drag((96, 96), (288, 288))
    assert dashboard.hidden == pytest.approx(25, abs=1.5)
    dashboard.press("Undo")
    dashboard.tool("Ellipse")
    dashboard.drag((96, 96), (288, 288))
    assert dashboard.hidden == pytest.approx(25 * 3.14159 / 4, abs=1.5)
    dashboard.press("Undo")
    dashboard.tool("Polygon")
    dashboard.click_canvas((96, 96), (288, 96), (96, 288), (96, 96))
    assert dashboard.hidden == pytest.approx(12.5, abs=1.5)
    dashboard.press("Undo")
    dashboard.tool("Lasso")
    dashboard.drag((96, 96), (288, 288))  # a lasso without an inside hides next to nothing
    assert dashboard.hidden < 2

    dashboard.press("Clear")
    dashboard.page.get_by_text("Superpixels", exact=True).click()
    dashboard.settle()
    dashboard.click_canvas((200, 200))
    first_share = dashboard.hidden
    assert 0 < first_share < 20
    dashboard.click_canvas((40, 340))
    assert dashboard.hidden > first_share
    dashboard.click_canvas((40, 340))
    assert dashboard.hidden == first_share


CARDS_IN_SIGHT = """
() => [...document.querySelectorAll(".mx-card")].map((card) => {
  const { left, right, bottom } = card.getBoundingClientRect();
  return { inWidth: left >= 0 && right <= innerWidth, inSight: bottom <= innerHeight };
})
"""


def test_no_card_is_out_of_sight(dashboard):
    mask = Mask.box(224, 70, 70, 80, 80).to_text()
    dashboard.open(f"/Compare?image=chelsea&model=imagenet/efficientnet-lite0&mask={mask}")
    page, shown = dashboard.page, {}
    for width, height in ((1440, 900), (1280, 720), (1024, 576), (800, 900), (390, 800)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(200)
        cards = page.evaluate(CARDS_IN_SIGHT)
        assert all(card["inWidth"] for card in cards), width
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        shown[width] = sum(card["inSight"] for card in cards)
    assert [shown[width] for width in (1440, 1280, 1024)] == [4, 4, 4]
    columns = page.locator(".mx-cards").evaluate("cards => getComputedStyle(cards).gridTemplateColumns.split(' ')")
    assert len(columns) <= 2


def test_a_cold_deep_link_restores_model_methods_and_mask(dashboard):
    mask = Mask.random_patches(128, 0.5, patch=16, seed=3)
    dashboard.open(f"/Compare?image=chelsea&methods=blur,layer_masking&mask={mask.to_text()}")
    assert dashboard.hidden == 50
    assert [text.split("\n")[0] for text in dashboard.cards] == ["Whole picture", "Blur", "Layer masking"]
    assert dashboard.page.get_by_role("combobox", name="Picture", exact=True).input_value() == "Chelsea the cat"


def test_class_entropy_draws_a_chart_with_the_classes_on_hover(dashboard):
    dashboard.open("/Compare?image=scene-004&masks=16")
    dashboard.press("Class entropy")
    bars = dashboard.page.locator(".js-plotly-plot .bars .point")
    bars.first.wait_for(timeout=180_000)  # a busy machine takes its time
    assert bars.count() == 6
    bars.first.scroll_into_view_if_needed()
    dashboard.settle()
    box = bars.first.bounding_box()
    dashboard.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    dashboard.page.locator(".hoverlayer .hovertext").first.wait_for()
    assert ":" in dashboard.page.locator(".hoverlayer").first.text_content()


def test_bad_uploads_and_links_get_a_sentence_and_keep_the_page(dashboard):
    dashboard.open("/Compare?model=resnet51")
    assert any("resnet51" in text for text in dashboard.alerts)
    hidden = dashboard.hidden
    dashboard.upload("broken.png", "image/png", photograph("PNG")[:2000])
    assert any("broken.png cannot be read" in text for text in dashboard.alerts)
    assert dashboard.hidden == hidden
    assert len(dashboard.cards) == 4


def test_downloads_hold_what_is_shown_and_the_mask_survives_another_page_and_weights_that_cannot_be_fetched(dashboard):
    dashboard.open()
    picture = Image.open(io.BytesIO(download(dashboard, "PNG")))
    assert picture.width > 4 * 200
    rows = list(csv.DictReader(io.StringIO(download(dashboard, "CSV").decode())))
    names = dashboard.page.locator(".mx-card .mx-verdict")
    assert [row["predicted"] for row in rows] == names.evaluate_all("names => names.map(name => name.title)")
    facts = json.loads(download(dashboard, "JSON"))
    mask = Mask.from_png(download(dashboard, "Mask"))
    assert facts["manifest"]["mask"] == mask.digest
    assert mask.hidden_share * 100 == pytest.approx(dashboard.hidden, abs=0.06)

    dashboard.drag((40, 60), (340, 60))
    hidden = dashboard.hidden
    dashboard.page.locator(".st-key-menu").get_by_role("link", name="Start").click()
    dashboard.page.wait_for_selector(".mx-lead")
    dashboard.page.locator(".st-key-menu").get_by_role("link", name="Compare", exact=True).click()
    dashboard.page.wait_for_selector(".mx-canvas canvas")
    dashboard.settle()
    assert dashboard.hidden == hidden

    dashboard.choose("Classifier", "resnet18")
    (sentence,) = dashboard.alerts
    assert "resnet18-f37072fd.pth" in sentence
    assert "checkpoints" in sentence
    assert "Going on with imagenet/efficientnet-lite0" in sentence
    assert dashboard.hidden == hidden
    assert len(dashboard.cards) == 4
