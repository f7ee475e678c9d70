import torch
from torch import nn

from masking import Mask
from masking.training.localisation_loss import CELLS, LocalisationLoss


def test_the_right_drawing_costs_nothing_and_any_other_much():
    """Four by four patches of 16 pixels; a token here *is* its drawing, cell by cell, row by row."""
    hint = LocalisationLoss(CELLS**2)
    nn.init.eye_(hint.draw.weight)
    nn.init.zeros_(hint.draw.bias)
    objects = ~(Mask.box((64, 64), 4, 10, 36, 20).keep)
    tokens = torch.empty(1, 16, CELLS**2)
    for patch in range(16):
        top, left = 16 * (patch // 4), 16 * (patch % 4)
        inside = objects[0, 0, top : top + 16 : 2, left : left + 16 : 2]  # its edges lie on even pixels
        tokens[0, patch] = (inside.flatten().float() - 0.5) * 60
    assert hint(tokens, objects) < 1e-9
    assert hint(tokens, objects.transpose(2, 3)) > 3
    torch.testing.assert_close(hint(torch.zeros(1, 16, CELLS**2), objects), torch.tensor(2.0).log())
