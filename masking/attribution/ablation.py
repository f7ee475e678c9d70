"""Ablation: hide what an explanation calls salient, and see whether the answer follows."""

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
"""Points of a curve: every twentieth of the segments."""


@dataclass(frozen=True, eq=False)
class Ablation:
    """Answers to one image from which segments are hidden in some order.

    Attributes:
        removed: how many segments each step hides, int64 (steps,), from none to all.
        hidden: the share of pixels that this is, float64 (steps,).
        logits: float32 (steps, classes).
        target: index of the class looked at.
    """

    removed: Tensor
    hidden: Tensor
    logits: Tensor
    target: int

    @cached_property
    def probability(self) -> Tensor:
        """Of the target class, float64 (steps,)."""
        return self.logits.double().softmax(1)[:, self.target]

    @property
    def predicted(self) -> Tensor:
        """Index of the predicted class, int64 (steps,)."""
        return self.logits.argmax(1)

    @property
    def kept(self) -> Tensor:
        """Whether the prediction is still the one without anything hidden, bool (steps,)."""
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
    """Hides segments in the given order.

    Args:
        classifier: left exactly as found.
        image: (1, 3, h, w) in [0, 1].
        segments: int64 (h, w), labels 0 … s−1.
        order: int64 (s,), which segment to hide first, second …
        method: how they are hidden.
        target: index of the class to look at.
        steps: how many points the curve has; None hides one segment at a time.
        batch: masks per forward pass; default as many as the free memory allows.
        on_batch: called with the steps done after each batch; may raise to cancel.

    Raises:
        ValueError: an order that does not name each segment once, or fewer than two steps.
    """
    count = int(segments.max()) + 1
    if order.shape != (count,) or not torch.equal(order.sort().values, torch.arange(count)):
        raise ValueError(f"the order has to name each of the {count} segments once")
    if steps is not None and steps < 2:
        raise ValueError(f"{steps} steps are no curve; take 2 or more")
    points = count + 1 if steps is None else min(steps, count + 1)
    removed = torch.linspace(0, count, points, dtype=torch.double).round().long()
    place = order.argsort()
    present = place[None] >= removed[:, None]
    pixels = torch.bincount(segments.flatten(), minlength=count).double()
    done: list[Tensor] = []
    for logits in answer_samples(classifier, image, method, segments, present, batch):
        done.append(logits)
        if on_batch:
            on_batch(sum(map(len, done)))
    return Ablation(removed, (~present).double() @ pixels / pixels.sum(), torch.cat(done), target)


@dataclass(frozen=True, eq=False)
class Verdict:
    """One explanation judged by one referee: curves of hiding the most salient and the least salient segments first."""

    most_first: Ablation
    least_first: Ablation

    @property
    def deletion(self) -> float:
        """Lower is better."""
        return deletion(self.most_first.hidden, self.most_first.probability)

    @property
    def insertion(self) -> float:
        """Higher is better."""
        return insertion(self.least_first.hidden, self.least_first.probability)

    @property
    def separation(self) -> float:
        """Higher is better; 0 for an order that is no help."""
        return separation(self.insertion, self.deletion)


def judge(
    classifier: Classifier,
    explanation: LimeExplanation,
    method: Method,
    steps: int | None = STEPS,
    batch: int | None = None,
    on_batch: Callable[[int], None] | None = None,
) -> Verdict:
    """An explanation judged by hiding its segments under a method, most and least salient first; as for `ablate`."""
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

    return Verdict(curve(explanation.order), curve(explanation.order.flip(0)))
