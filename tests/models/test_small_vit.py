import pytest
import torch
from safetensors.torch import save

from masking import METHODS, Classifier, Mask
from masking.models import ARCHITECTURES
from masking.models.small_vit import small_vit

SMALL = {"image_size": 32, "patch_size": 8, "width": 24, "depth": 2, "heads": 3}


@pytest.fixture(scope="module")
def network():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = small_vit(5, **SMALL)
        torch.nn.init.normal_(network.heads.head.weight)  # torchvision starts at zero: all answers alike
    return network.eval()


def test_it_is_small(network):
    assert ARCHITECTURES["small_vit"] is small_vit
    assert len(save(small_vit(16).state_dict())) <= 6_000_000
    assert network(torch.rand(2, 3, 32, 32)).shape == (2, 5)


def test_a_token_knows_nothing_of_the_patches_around_it(network):
    image = torch.rand(1, 3, 32, 32)
    other = image.clone()
    other[..., 8:16, 16:24] = 0.3  # the patch in row 1, column 2
    changed = (network.conv_proj(image) != network.conv_proj(other)).any(1)[0]
    assert changed.nonzero().tolist() == [[1, 2]]


def test_tokens_come_with_the_same_logits(network):
    images = torch.rand(3, 3, 32, 32)
    logits, tokens = network.with_tokens(images)
    assert torch.equal(logits, network(images))
    assert tokens.shape == (3, 16, 24)


def test_tokens_can_be_dropped(network):
    classifier = Classifier("toy", network, list("abcde"), (32, 32), family="vit")
    method, image, mask = METHODS["token_dropping"](), torch.rand(2, 3, 32, 32), Mask.box((32, 32), 5, 9, 14, 17)
    assert method.supports(classifier) is None
    repainted = torch.where(mask.keep, image, 0.7)
    assert torch.equal(method.logits(classifier, image, mask), method.logits(classifier, repainted, mask))
    torch.testing.assert_close(method.logits(classifier, image, Mask.full((32, 32))), classifier(image))
    assert not torch.allclose(method.logits(classifier, image, mask), classifier(image))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"image_size": 100}, "images of 100 pixels cannot be cut into patches of 16"),
        ({"image_size": 130, "patch_size": 10}, "patches of 10 pixels cannot be cut into 4 by 4 pieces"),
        ({"heads": 7}, "tokens of 160 numbers cannot be shared among 7 heads"),
    ],
)
def test_sizes_that_do_not_divide_are_refused(wrong, sentence):
    with pytest.raises(ValueError, match=f"{sentence}; give sizes that divide"):
        small_vit(16, **wrong)
