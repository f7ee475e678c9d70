"""How far the masks have faded a picture, and what is left of the lead of a logit.

Each mask lies between 0 and 1, so the network's input shrinks from step to step. In a network without input bias all
logits shrink with it: the answer stays, while its probability falls.
"""

import torch
from torch import Tensor

from masking.attribution.iterations import AttributionMasks


def input_share(masks: AttributionMasks) -> Tensor:
    """Return the Euclidean norm of the normalised input at each step, relative to step 0: float64 (I + 1, n).

    An input of nothing but the mean colour stays at 0.
    """
    norms = torch.stack(
        [masks.normalised(step).double().flatten(1).norm(dim=1) for step in range(masks.iterations + 1)]
    )
    return norms / norms[0].clamp(min=torch.finfo(torch.float64).tiny)


def logit_lead(masks: AttributionMasks) -> Tensor:
    """Return by how much the target's logit exceeds the largest other one at each step: float64 (I + 1, n).

    It is negative where another class is the answer.
    """
    logits = masks.logits.double()
    index = masks.target[None, :, None].expand(len(logits), -1, 1)
    others = logits.scatter(2, index, -torch.inf)
    return logits.gather(2, index)[..., 0] - others.amax(2)
