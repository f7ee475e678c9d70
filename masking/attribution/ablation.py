"""Ablation: whether the answer changes when the segments that an explanation calls salient are hidden."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from masking.attribution.lime_explanation import LimeExplanation
from masking.attribution.segment_answers import answer_samples
from masking.measures.faithfulness import deletion, insertion, separation
from masking.methods import Method
from masking.models.classifier import Classifier

STEPS = 21
"""Points of a curve: one for every twentieth of the segments."""


@dataclass(frozen=True, eq=False)
class Ablation:
    """Answers to one image while its segments are hidden in some order.

    Attributes:
        removed: number of hidden segments at each step, int64 (steps,), from none to all.
        hidden: share of hidden pixels at each step, float64 (steps,).
        logits: float32 (steps, classes).
        target: index of the explained class.
    """

    removed: Tensor
    hidden: Tensor
    logits: Tensor
    target: int

    @cached_property
    def probability(self) -> Tensor:
        """Probability of the target class, float64 (steps,)."""
        return self.logits.double().softmax(1)[:, self.target]

    @property
    def predicted(self) -> Tensor:
        """Index of the predicted class, int64 (steps,)."""
        return self.logits.argmax(1)

    @property
    def kept(self) -> Tensor:
        """Whether the prediction is still that of the whole image, bool (steps,)."""
        return self.predicted == self.predicted[0]


def ablate(
    classifier: Classifier,
    image: Tensor,
    segments: Tensor,
    order: Tensor,
    method: Method,
    target: int,
    steps: int | None = STEPS,
    batch: int | None = None,
    on_batch: Callable[[int], None] | None = None,
) -> Ablation:
    """Hide segments in the given order.

    Args:
        classifier: it is left unchanged.
        image: (1, 3, h, w) in [0, 1].
        segments: int64 (h, w), labels 0 … s−1.
        order: int64 (s,), the segments in the order of hiding.
        method: the masking method that hides them.
        target: index of the explained class.
        steps: points of the curve; None hides one segment per step.
        batch: masks per forward pass; default as many as the free memory allows.
        on_batch: called after each batch with the number of steps done; may raise to cancel.

    Raises:
        ValueError: an order that does not name each segment once, or fewer than two steps.
    """
    count = int(segments.max()) + 1
    if order.shape != (count,) or not torch.equal(order.sort().values, torch.arange(count)):
        raise ValueError(f"the order has to name each of the {count} segments once")
    if steps is not None and steps < 2:
        raise ValueError(f"{steps} steps are too few for a curve; take 2 or more")
    points = count + 1 if steps is None else min(steps, count + 1)
    removed = torch.linspace(0, count, points, dtype=torch.double).round().long()
    rank = order.argsort()
    present = rank[None] >= removed[:, None]
    pixels = torch.bincount(segments.flatten(), minlength=count).double()
    done: list[Tensor] = []
    for logits in answer_samples(classifier, image, method, segments, present, batch):
        done.append(logits)
        if on_batch:
            on_batch(sum(map(len, done)))
    hidden = (~present).double() @ pixels / pixels.sum()
    return Ablation(removed=removed, hidden=hidden, logits=torch.cat(done), target=target)


@dataclass(frozen=True, eq=False)
class AblationVerdict:
    """One explanation judged by one method: curves that hide the most and the least salient segments first."""

    most_first: Ablation
    least_first: Ablation

    @property
    def deletion(self) -> float:
        """Area under the curve that hides the most salient first; lower is better."""
        return deletion(self.most_first.hidden, self.most_first.probability)

    @property
    def insertion(self) -> float:
        """Area under the curve that shows the most salient first; higher is better."""
        return insertion(self.least_first.hidden, self.least_first.probability)

    @property
    def separation(self) -> float:
        """Insertion − deletion; higher is better, and 0 means that the order does not help."""
        return separation(self.insertion, self.deletion)


def judge(
    classifier: Classifier,
    explanation: LimeExplanation,
    method: Method,
    steps: int | None = STEPS,
    batch: int | None = None,
    on_batch: Callable[[int], None] | None = None,
) -> AblationVerdict:
    """Judge an explanation by hiding its segments under a method; arguments as for `ablate`."""
    image = explanation.image.to(classifier.device)
    done = 0

    def curve(order: Tensor) -> Ablation:
        nonlocal done
        before = done

        def advance(steps_done: int) -> None:
            nonlocal done
            done = before + steps_done
            if on_batch:
                on_batch(done)

        return ablate(classifier, image, explanation.segments, order, method, explanation.target, steps, batch, advance)

    return AblationVerdict(curve(explanation.order), curve(explanation.order.flip(0)))
