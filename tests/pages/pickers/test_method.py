"""Methods that are there twice, with parameters of their own; and those that the classifier cannot run."""

from masking.methods import METHODS
from tests.pages.compare_page import ComparePage


def test_a_method_for_other_networks_is_named_with_them():
    page = ComparePage(methods="noise")
    assert "Token dropping (vision transformers only)" in page.captions
    assert "token dropping cannot run" not in page.captions
    page = ComparePage(methods="noise", model="silhouettes/vit")
    assert "Layer masking (convolutional networks only)" in page.captions
    assert "Token dropping" not in page.captions


def test_a_method_that_a_link_asks_for_is_missed_in_a_sentence():
    assert "Token dropping cannot run silhouettes/resnet" in ComparePage(methods="noise,token_dropping").captions


def test_methods_of_one_family_support_no_network_of_another(bundled):
    for kind in METHODS.values():
        assert kind.family in {None, bundled.family} or kind().supports(bundled)


def test_a_link_can_hold_a_method_twice():
    page = ComparePage(methods="greyout,greyout:grey=middle")
    assert list(page.cards) == ["Whole picture", "Greyout", "Greyout (grey=middle)"]
    assert page.cards["Greyout"] != page.cards["Greyout (grey=middle)"]
    assert not page.warnings
    page.choose("methods", ["greyout:grey=middle"])
    assert page.address["methods"] == "greyout:grey=middle"
    assert list(page.cards) == ["Whole picture", "Greyout (grey=middle)"]


def test_a_typed_word_that_names_no_method_is_refused_and_can_be_removed():
    page = ComparePage(methods="noise").choose("methods", ["noise", "greyout:grey=pink"])
    assert list(page.cards) == ["Whole picture", "Noise"]
    assert len(page.errors) == 1
    assert "pink" in page.errors[0]
    page.choose("methods", ["noise"])
    assert not page.errors
