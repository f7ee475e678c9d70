import pytest
import torch
from torch import fx

from masking.models import ARCHITECTURES
from masking.models.small_resnet import small_resnet


def test_it_is_small_and_traceable():
    network = small_resnet(16).eval()
    assert ARCHITECTURES["small_resnet"] is small_resnet
    assert sum(p.numel() for p in network.parameters()) <= 1_400_000
    images = torch.rand(2, 3, 96, 80)
    logits = network(images)
    assert logits.shape == (2, 16)
    assert torch.equal(fx.symbolic_trace(network)(images), logits)


def test_widths_and_blocks_shape_the_stages():
    network = small_resnet(3, widths=(8, 16), blocks=(1, 3))
    assert [len(stage) for stage in network.stages] == [1, 3]
    assert network.classify.in_features == 16


@pytest.mark.parametrize(("widths", "blocks"), [((8, 16), (1,)), ((), ())])
def test_stages_that_do_not_match_are_refused(widths, blocks):
    with pytest.raises(ValueError, match="one of each per stage"):
        small_resnet(3, widths, blocks)
