import threading

import pytest

from masking import METHODS, Mask, compare
from masking.datasets.gallery import open_sample
from masking.registry.parsing import entry_title
from pages.shell.jobs import jobs
from tests.pages.compare_page import PAGE, PATIENCE_SECONDS, ComparePage, brush, rectangle
from tests.pages.toys import toy

BOX = Mask.box((128, 128), 42, 42, 42, 42)


# --- cards ---------------------------------------------------------------------------------------


def test_one_card_for_the_whole_picture_and_one_for_each_method(bundled):
    able = [name for name in METHODS if METHODS[name]().supports(bundled) is None]
    page = ComparePage(image="coffee", mask=BOX.to_text(), methods=",".join(able))
    expected = compare(bundled, open_sample("coffee"), BOX, able)
    titles = [entry_title(METHODS, "calibrated:of=blackout" if name == "calibrated" else name) for name in able]
    assert list(page.cards) == ["Whole picture", *titles]
    for card, prediction in zip(page.cards.values(), (expected.whole, *expected.masked.values()), strict=True):
        assert card == {category: f"{100 * share:.1f}" for category, share in prediction.top()}
    assert page.reading == expected.sentence


def test_cards_show_entropy_and_change(bundled):
    page = ComparePage(image="coffee", mask=BOX.to_text(), methods="blackout")
    expected = compare(bundled, open_sample("coffee"), BOX, ["blackout"])
    whole, blackout = page.facts
    index, answers = expected.whole.index, (expected.whole, expected.masked["blackout"])
    before, after = (100 * prediction.probability(index) for prediction in answers)
    doubt = f"{expected.whole.entropy:.2f} of 4 bits"
    assert whole == {f"“{expected.whole.category}”": f"{before:.1f} %", "Doubt": doubt}
    assert blackout["Doubt"] == f"{expected.masked['blackout'].entropy:.2f} of 4 bits"
    assert blackout[f"“{expected.whole.category}”"] == f"{before:.1f} % → {after:.1f} %"
    assert "4 bits = all 16 classes alike" in page.part("mx-legend").text


def test_verdicts_tell_a_leak_where_the_network_names_the_hidden_object(bundled):
    page = ComparePage(image="scene-004", model="silhouettes/resnet", methods="blackout,layer_masking")
    assert page.comparison.object_visible == 0
    badges = page.part("mx-cards").texts("span", "mx-badge")
    assert badges == ["Nothing hidden", "! Leak", "✓ As it should be"]


def test_no_verdict_names_an_object_that_is_not_the_one_that_is_hidden():
    page = ComparePage(image="scene-004", model="imagenet/efficientnet-lite0", methods="blackout")
    assert page.comparison.object_visible is None
    assert "Nothing of the" not in page.reading


def test_methods_come_and_go():
    page = ComparePage().choose("methods", [])
    assert list(page.cards) == ["Whole picture"]
    assert "Choose a masking method" in page.reading
    assert not page.at.expander
    page.choose("methods", ["noise"])
    assert list(page.cards) == ["Whole picture", "Noise"]
    assert not page.errors


def test_settings_of_a_method_change_its_card_alone():
    page = ComparePage(image="coffee", mask=BOX.to_text(), methods="blackout,noise")
    before = page.cards
    after = page.choose("noise.seed", 7).cards
    assert before["Blackout"] == after["Blackout"]
    assert before["Noise"] != after["Noise"]
    assert page.comparison.methods["noise"] == METHODS["noise"](seed=7)


def test_settings_outlive_a_while_without_their_method():
    page = ComparePage(methods="noise").choose("noise.seed", 7).choose("methods", []).choose("methods", ["noise"])
    assert page.comparison.methods["noise"].seed == 7


def test_methods_with_nothing_to_set_say_so():
    assert "no parameters" in ComparePage(methods="blackout").captions


def test_the_table_says_what_each_method_puts_at_hidden_pixels(bundled):
    page = ComparePage(image="coffee", mask=BOX.to_text(), methods="blackout,greyout,blur,layer_masking")
    rows = {row.first("b").text: row.text for row in page.table.all("tr") if row.all("td")}
    assert "0, 0, 0" in rows["Blackout"]
    assert "0.00, 0.00, 0.00" in rows["Greyout"]
    assert ", ".join(f"{255 * value:.0f}" for value in bundled.mean.flatten().tolist()) in rows["Greyout"]
    assert "It lets some of the hidden part through." in rows["Blur"]
    assert "no value" in rows["Layer masking"]


def test_the_table_works_with_a_mask_that_hides_nothing():
    page = ComparePage(mask=Mask.full(128).to_text(), methods="blackout,layer_masking")
    assert "nothing hidden" in page.table.text


def test_a_transformer_says_why_layer_masking_is_not_offered_and_a_cnn_has_it_back():
    page = ComparePage(model="silhouettes/vit")
    assert list(page.cards) == ["Whole picture", "Blackout", "Greyout"]
    sentence = "Layer masking is for convolutional networks; silhouettes/vit is a transformer, for which there is token"
    assert f"{sentence} dropping." in page.captions
    page.choose("methods", ["blackout"]).choose("model", "silhouettes/resnet")
    assert list(page.cards) == ["Whole picture", "Blackout", "Layer masking"]


def test_class_names_are_shown_as_text(toys, monkeypatch):
    evil = toy("alexnet")
    evil.categories = ("<script>alert(1)</script>",) * 5
    monkeypatch.setattr("pages.pickers.classifier.load", lambda *_: evil)
    cards = ComparePage(model="alexnet").part("mx-cards")
    assert "<script>alert(1)</script>" in cards.text
    assert not cards.all("script")


# --- work that takes its time --------------------------------------------------------------------


@pytest.fixture
def slow(fresh_server, monkeypatch, compare_module):
    """Make comparisons after the first mask wait for the event, or for Cancel."""
    go_on = threading.Event()

    def wait(classifier, image, mask, methods, on_method, *rest):
        while mask.digest != BOX.digest and not go_on.wait(0.01):
            on_method(next(iter(methods)))
        return compare(classifier, image, mask, methods, on_method, *rest)

    monkeypatch.setattr(compare_module, "compare", wait)
    yield go_on
    go_on.set()


@pytest.fixture
def impatient(slow, monkeypatch, compare_module):
    """A page with its first cards that does not wait for running jobs."""
    page = ComparePage(image="coffee", mask=BOX.to_text())
    page.patient = False
    monkeypatch.setattr("pages.shell.jobs.show.PATIENCE_SECONDS", 0.05)
    return page


def test_while_it_computes_the_old_cards_stay_and_are_marked(impatient, slow):
    before = impatient.cards
    impatient.draw(brush())
    impatient.run_until(lambda: impatient.at.get("progress")[0].proto.text.startswith("Comparing: Blackout"))
    assert impatient.cards == before
    assert impatient.waiting
    assert not impatient.at.download_button
    slow.set()
    impatient.settle()
    assert impatient.comparison.mask.digest == impatient.mask.digest
    assert not impatient.waiting
    assert impatient.at.download_button


def test_cancel_stays_cancelled_until_asked_again(impatient, slow):
    impatient.draw(brush()).press("Cancel").settle()
    digest = impatient.mask.digest
    assert impatient.run().errors == ["Cancelled."]
    slow.set()
    impatient.press("Try again").settle()
    assert not impatient.errors
    assert impatient.comparison.mask.digest == impatient.mask.digest == digest


def test_drawing_on_while_it_computes_shows_the_latest(impatient, slow):
    impatient.draw(brush()).draw(rectangle(0, 0, 50, 50))
    slow.set()
    impatient.settle()
    assert impatient.comparison.mask.digest == impatient.mask.digest
    assert not impatient.errors


def test_an_overtaken_comparison_stops_computing(impatient):
    impatient.draw(brush())
    overtaken = jobs().get(impatient.at.session_state["comparing"])
    impatient.draw(rectangle(0, 0, 50, 50))
    assert overtaken.wait(PATIENCE_SECONDS)
    assert overtaken.error == "Cancelled."


def test_going_back_to_a_stroke_that_was_overtaken_computes_it(impatient, slow):
    impatient.draw(brush()).draw(rectangle(0, 0, 50, 50)).press("Undo")
    slow.set()
    impatient.settle()
    assert impatient.comparison.mask.digest == impatient.mask.digest
    assert not impatient.errors


def test_a_job_that_another_session_waits_for_is_not_cancelled(impatient, slow):
    impatient.draw(brush())
    other = ComparePage(patient=False, image="coffee", mask=impatient.mask.to_text())
    assert other.at.get("progress")
    impatient.draw(rectangle(0, 0, 50, 50))
    slow.set()
    assert not other.settle().errors
    assert other.comparison.mask.digest == other.mask.digest


def test_leaving_while_it_computes_loses_nothing(impatient, slow):
    impatient.draw(brush())
    digest = impatient.mask.digest
    impatient.go("app.py")
    slow.set()
    impatient.go(PAGE).settle()
    assert impatient.comparison.mask.digest == impatient.mask.digest == digest


def test_an_earlier_comparison_is_shown_again_at_once(fresh_server, monkeypatch, compare_module):
    questions = []

    def count(*question):
        questions.append(question)
        return compare(*question)

    monkeypatch.setattr(compare_module, "compare", count)
    page = ComparePage(image="coffee", mask=BOX.to_text()).press("Invert").press("Undo")
    assert page.comparison.mask.digest == BOX.digest
    assert len(questions) == 2


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("mask is 3x3 but the image is 4x4"), "Mask is 3x3 but the image is 4x4."),
        (RuntimeError("secret"), "Comparing failed unexpectedly (RuntimeError); the server's log says more."),
    ],
)
def test_a_failure_is_one_sentence_and_leaves_mask_and_picture(fresh_server, monkeypatch, compare_module, error, said):
    page = ComparePage(image="coffee", mask=BOX.to_text())

    def fail(*question):
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(compare_module, "compare", fail)
        page.press("Invert")
        assert page.errors == [said]
        assert page.mask.digest == (~BOX).digest
    page.press("Try again")
    assert not page.errors
    assert page.comparison.mask.digest == (~BOX).digest


def test_a_failure_does_not_outlive_its_mask(fresh_server, monkeypatch, compare_module):
    page = ComparePage(image="coffee", mask=BOX.to_text())

    def fail(*question):
        raise ValueError("no")

    with monkeypatch.context() as broken:
        broken.setattr(compare_module, "compare", fail)
        page.press("Invert")
    assert not page.press("Undo").errors
    assert len(page.cards) == 4


def test_equal_requests_share_one_job(fresh_server):
    ComparePage(image="coffee")
    known = set(jobs()._jobs)
    ComparePage(image="coffee")
    assert set(jobs()._jobs) == known
