"""Methods that the classifier cannot run: named in grey among the settings, in a sentence if somebody chose one."""

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
