"""The main job as a person does it, in a real Chromium."""

import csv
import io
import json

import pytest
import skimage.data
from PIL import Image

from masking.masks.mask import Mask
from tests.browser.dashboard import Bench

pytestmark = pytest.mark.browser


@pytest.fixture
def bench(page, address) -> Bench:
    return Bench(page, address)


def photograph(kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(skimage.data.coffee()).save(buffer, kind)
    return buffer.getvalue()


def download(bench: Bench, label: str) -> bytes:
    with bench.page.expect_download() as waiting:
        bench.page.locator(f".st-key-download-{label} button:visible").first.click()
    return waiting.value.path().read_bytes()


def test_landing_page_shows_an_example_and_a_door_to_compare(page, address):
    page.goto(address)
    page.wait_for_selector(".mx-cards")
    assert page.locator(".mx-card").count() == 4
    page.get_by_role("link", name="Compare on your own photograph").click()
    page.wait_for_selector("canvas.upper-canvas")
    assert page.url.split("?")[0].endswith("/Compare")


def test_upload_draw_erase_undo_and_share(bench, second_page, address):
    bench.open()
    bench.upload("upload-door", "coffee.jpg", "image/jpeg", photograph())
    bench.press("Clear")
    assert bench.hidden == 0
    untouched = bench.pictures
    assert untouched[0] == untouched[1] == untouched[2]

    bench.drag((40, 120), (340, 140))
    after_stroke = bench.hidden
    assert 5 < after_stroke < 20
    assert all(new != old for new, old in zip(bench.pictures[1:], untouched[1:], strict=True))
    assert bench.pictures[0] == untouched[0]

    bench.page.get_by_text("Erase", exact=True).click()
    bench.settle()
    bench.drag((190, 60), (190, 200))
    after_erasing = bench.hidden
    assert 0 < after_erasing < after_stroke

    bench.press("Undo")
    assert bench.hidden == after_stroke
    bench.press("Undo")
    assert bench.hidden == 0
    bench.page.get_by_text("Hide", exact=True).click()
    bench.settle()
    bench.drag((60, 300), (300, 80))
    bench.expect_no_error()

    other = Bench(second_page, address).open(bench.page.url)
    assert other.hidden == bench.hidden
    assert other.pictures == bench.pictures
    assert other.cards == bench.cards
    here, there = (json.loads(download(b, "JSON"))["manifest"] for b in (bench, other))
    assert here["mask"] == there["mask"]
    assert here["image"] == there["image"]


def test_every_shape_hides_what_it_covers(bench):
    bench.open()
    bench.press("Clear")
    bench.tool(2)
    bench.drag((96, 96), (288, 288))
    assert bench.hidden == pytest.approx(25, abs=1.5)
    bench.press("Undo")
    bench.tool(3)
    bench.drag((96, 96), (288, 288))
    assert bench.hidden == pytest.approx(25 * 3.14159 / 4, abs=1.5)
    bench.press("Undo")
    bench.tool(4)
    bench.click_canvas((96, 96), (288, 96), (96, 288), (96, 96))
    assert bench.hidden == pytest.approx(12.5, abs=1.5)
    bench.press("Undo")
    bench.tool(1)
    bench.drag((96, 96), (288, 288))  # a lasso without an inside hides next to nothing
    assert bench.hidden < 2


def test_superpixels_are_picked_by_clicking(bench):
    bench.open()
    bench.press("Clear")
    bench.page.get_by_text("Superpixels", exact=True).click()
    bench.settle()
    bench.click_canvas((200, 200))
    one = bench.hidden
    assert 0 < one < 20
    bench.click_canvas((40, 340))
    assert bench.hidden > one
    bench.click_canvas((40, 340))
    assert bench.hidden == one


def test_a_cold_deep_link_restores_model_methods_and_mask(bench):
    mask = Mask.random_patches(128, 0.5, patch=16, seed=3)
    bench.open(f"/Compare?image=chelsea&methods=blur,layer_masking&mask={mask.to_text()}")
    assert bench.hidden == 50
    assert [text.split("\n")[0] for text in bench.cards] == ["Untouched", "Blur", "Layer masking"]
    assert bench.page.get_by_role("combobox", name="Picture", exact=True).input_value() == "Chelsea the cat"


def test_downloads_hold_what_the_page_shows(bench):
    bench.open()
    sheet = Image.open(io.BytesIO(download(bench, "PNG")))
    assert sheet.width > 4 * 200
    rows = list(csv.DictReader(io.StringIO(download(bench, "CSV").decode())))
    shown = [text.split("\n")[1] for text in bench.cards]
    assert [row["predicted"] for row in rows] == shown
    facts = json.loads(download(bench, "JSON"))
    mask = Mask.from_png(download(bench, "Mask"))
    assert facts["manifest"]["mask"] == mask.digest
    assert mask.hidden_share * 100 == pytest.approx(bench.hidden, abs=0.06)


def test_class_entropy_draws_a_chart_with_the_classes_on_hover(bench):
    bench.open()
    bench.press("Class entropy")
    bars = bench.page.locator(".js-plotly-plot .bars .point")
    bars.first.wait_for(timeout=180_000)  # a busy machine takes its time
    assert bars.count() == 6
    box = bars.first.bounding_box()
    bench.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    bench.page.locator(".hoverlayer .hovertext").first.wait_for()
    assert ":" in bench.page.locator(".hoverlayer").first.text_content()


def test_the_mask_survives_another_page_and_another_classifier(bench):
    bench.open()
    bench.drag((40, 60), (340, 60))
    hidden = bench.hidden
    bench.page.get_by_role("link", name="Start").click()
    bench.page.wait_for_selector(".mx-lead")
    bench.page.get_by_role("link", name="Compare", exact=True).click()
    bench.page.wait_for_selector("canvas.upper-canvas")
    bench.settle()
    assert bench.hidden == hidden


def test_bad_uploads_and_links_get_a_sentence_and_keep_the_page(bench):
    bench.open("/Compare?model=resnet51")
    assert any("resnet51" in text for text in bench.alerts)
    hidden = bench.hidden
    bench.upload("upload-door", "broken.png", "image/png", photograph("PNG")[:2000])
    assert any("broken.png cannot be read" in text for text in bench.alerts)
    assert bench.hidden == hidden
    assert len(bench.cards) == 4


def test_weights_that_cannot_be_fetched_get_a_sentence_and_the_bundled_classifier_goes_on(bench):
    bench.open()
    hidden = bench.hidden
    bench.choose("Classifier", "resnet18")
    (sentence,) = bench.alerts
    assert "resnet18-f37072fd.pth" in sentence
    assert "checkpoints" in sentence
    assert "Going on with silhouettes/resnet" in sentence
    assert bench.hidden == hidden
    assert len(bench.cards) == 4
