import pytest
import torch
from torchvision.models import VisionTransformer, swin_t

from masking import METHODS, Classifier, Mask, layer_masked
from masking.layers import Joins
from masking.registry.params import params


@pytest.mark.parametrize("name", ["layer_masking", "partial_convolution"])
@pytest.mark.parametrize("joins", [{"sums": "union"}, {"skips": "stride"}, {"pools": "all"}])
def test_rules_are_settings_of_the_method(bundled, name, joins):
    image, mask = torch.rand(1, 3, 64, 64), Mask.random_patches(64, 0.8, 8)
    method = METHODS[name](**joins)
    logits = method.logits(bundled, image, mask)
    with torch.inference_mode():
        engine = layer_masked(bundled.network, Joins(**joins), method.convolution)
        assert torch.equal(logits, engine(bundled.normalise(image), mask.keep))
    assert not torch.allclose(logits, METHODS[name]().logits(bundled, image, mask), atol=1e-3)


def test_every_rule_has_a_meaning_and_choices():
    declared = params(Joins)
    assert [each.name for each in declared] == ["sums", "concatenations", "skips", "rounds", "diagonals", "pools"]
    assert all(each.meaning and each.default == each.choices[0] for each in declared)


def test_a_join_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="sums is 'either'; it must be one of intersection, union"):
        METHODS["layer_masking"](sums="either")


@pytest.mark.parametrize("family", ["cnn", "vit"])
def test_transformers_are_sent_to_token_dropping_whatever_family_they_were_given(family):
    classifier = Classifier("vit", VisionTransformer(16, 8, 2, 2, 8, 8, num_classes=2), "ab", (16, 16), family=family)
    assert METHODS["layer_masking"]().supports(classifier) == (
        "layer masking is for convolutional networks; vit is a transformer, for which there is token dropping"
    )


def test_transformers_whose_patches_cannot_be_dropped_are_sent_nowhere():
    classifier = Classifier("swin", swin_t(weights=None, num_classes=2), "ab", (64, 64), family="vit")
    assert METHODS["layer_masking"]().supports(classifier) == (
        "layer masking is for convolutional networks; swin is a transformer"
    )
