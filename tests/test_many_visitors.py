"""A few visitors at once on a real public server: no fault, no answer of another, and the measurement can fail."""

from benchmarks.hardening import sessions, visitor_answers
from benchmarks.hardening.sessions import VisitorRecord, measure
from masking import Mask, compare, load_classifier
from masking.datasets.gallery import open_sample
from pages.components.cards import cards_html

SMALL = "cifar10/nib-vgg16-slim"


class _Page:
    """What `VisitorRecord.add_answer` reads of a session."""

    def __init__(self, address, cards=()):
        self.page, self.address = self, address
        self._cards = [type("Html", (), {"body": each}) for each in cards]

    def of_kind(self, _kind):
        return self._cards


def answer(image: str, seed: int) -> tuple[str, dict[str, str]]:
    classifier = load_classifier(SMALL)
    mask = Mask.random_patches((32, 32), hidden_share=0.5, patch=4, seed=seed)
    comparison = compare(classifier, classifier.prepare(open_sample(image)), mask, ("greyout",))
    address = {"model": SMALL, "image": image, "mask": mask.to_text(), "methods": "greyout"}
    return cards_html(comparison), address


def test_an_answer_to_another_address_is_noticed():
    html, address = answer("coffee", 1)
    assert visitor_answers.answer_differs(html, address) == ""
    other, _ = answer("coffee", 2)
    assert visitor_answers.answer_differs(other, address)
    assert visitor_answers.text_differs("cat 39.5 %", "cat 39.6 %") == ""
    assert visitor_answers.text_differs("cat 39.5 %", "cat 40.5 %")


def test_an_address_that_the_visitor_did_not_choose_is_a_fault():
    html, address = answer("coffee", 1)
    record = VisitorRecord()
    record.add_answer(_Page(address, [html]), address, "open")
    assert record.faults == []
    record.add_answer(_Page(address | {"mask": "another"}, [html]), address, "mask")
    record.add_answer(_Page(address), address, "image")
    assert len(record.faults) == 2


def test_three_visitors_get_their_own_answers(monkeypatch):
    """The short version of `python -m benchmarks.hardening.sessions`."""
    monkeypatch.setattr(sessions, "CLASSIFIERS", {SMALL: 32})
    monkeypatch.setattr(sessions, "PAGES", ("Benchmarks", "Layers"))
    monkeypatch.setattr(sessions, "CHANGES", 1)
    result = measure(sessions=3, rounds=1, seconds=300, pause=0, checked=3)
    assert result["kinds_of_faults"] == {}
    assert result["kinds_of_errors_in_the_log"] == {}
    assert result["answers"] == 3 * (1 + 2 * 2)
    assert result["answers_wrong"] == 0
    assert result["memory_mb"]["most"] > 100
