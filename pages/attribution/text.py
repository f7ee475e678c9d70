"""Attribution masks in sentences, one for each iteration. This module does not use streamlit."""

from collections.abc import Mapping, Sequence

from masking.attribution import CONTROLS, AttributionMasks
from masking.attribution.fading import input_share, logit_lead
from masking.attribution.mask_sentences import NO_EVIDENCE, label_of
from masking.inference.prediction import Prediction
from masking.masks.shares import share_text
from masking.results.sentences import percent_text
from pages.components.numbers import percent

UNTRAINED = "untrained_network"
FURTHER_DRAWS = tuple(f"{UNTRAINED}_{seed}" for seed in range(1, 5))
"""The untrained network again, with other random weights: one draw is no evidence."""
MEANINGS = {
    "another_label": "The same picture, with a mask made for another class. If this works too, the mask writes its "
    "label.",
    "noise_image": "A mask made of pure noise, for the same class. There is no object in it.",
    "predicted_label": "A mask made for the network's own guess. No label is given.",
    UNTRAINED: "A network of the same architecture with random weights makes the mask and judges it; this is the first "
    "of five. It knows no classes. Networks that stay at chance have collapsed outputs; they do not prove that "
    "training is needed.",
}
RANDOM_CLASS = "The class is one random draw; choose another above."
TITLES = {"another_label": "Other class"} | {name: control.title for name, control in CONTROLS.items()}
PROVES_NOTHING = "If a mask can write a label that was not there, reaching a label proves nothing."
NOT_WRITTEN = "At this iteration the mask has not written its label; others may."
NOISE_SUFFICES = "Pure noise is enough for this answer, so the mask is no evidence of an object."
EARLY = 3
"""Iterations among which the page looks for the first one to show, if the mask has only to keep the answer."""


def first_step(masks: AttributionMasks) -> int:
    """Return the iteration to show first.

    If the mask writes a label that was not the answer, this is the iteration that makes it most probable. If the label
    was the answer, this is the last of the first three iterations that keep it: without input bias the target gets less
    probable with every mask, but other labels appear only later. If no answer is the target, return the iteration at
    which the target is most probable.
    """
    if not masks.iterations:
        return 0
    hits, probability = masks.hits()[:, 0], masks.probability[:, 0]
    early = hits[1 : EARLY + 1].nonzero()
    if hits[0] and len(early):
        return int(early.max() + 1)
    written = hits[1:] if hits[1:].any() else ~hits[1:]
    return int(probability[1:].where(written, -1.0).argmax() + 1)


def describe_fading(name: str, blank: Prediction) -> str:
    """Return what the classifier of this name answers to the mean colour, which all masked pictures fade to."""
    if not blank.logits.any():
        return (
            f"Masked pictures fade to the mean colour. For this colour alone all logits of {name} are 0, because it is "
            "free of input bias (NIB): fading makes it less sure but does not change its answer."
        )
    category, probability = blank.top(1, short=True)[0]
    return (
        f"Masked pictures fade to the mean colour. {name} says {category} ({percent(probability)}) to this colour "
        "alone: its biases answer where nothing is left. A network free of input bias (NIB) has none."
    )


def step_sentences(name: str, masks: AttributionMasks, controls: Mapping[str, AttributionMasks] | None) -> list[str]:
    """Return the text of each iteration: the answer of the classifier of this name, and of two tests if they exist."""
    return [_describe_step(name, masks, controls, step) for step in range(masks.iterations + 1)]


def _describe_step(
    name: str, masks: AttributionMasks, controls: Mapping[str, AttributionMasks] | None, step: int
) -> str:
    if step == 0:
        return f"The whole picture: {name} {_says(masks, 0)}. Each iteration multiplies the picture by one more mask."
    sentences = [_describe_outcome(masks, step)]
    if controls:
        other, noise = controls["another_label"], controls["noise_image"]
        sentences.append(f"With a mask made for “{label_of(other)}” it {_says(other, step)}.")
        sentences.append(f"With one made for “{label_of(masks)}” in pure noise, it {_says(noise, step)}.")
        sentences += [_describe_untrained(draws, step)] if (draws := untrained_draws(controls)) else []
    return " ".join([*sentences, _conclude(masks, controls, step)])


def untrained_draws(controls: Mapping[str, AttributionMasks]) -> list[AttributionMasks]:
    """Return the masks of all untrained networks among the tests, the first one first."""
    return [controls[name] for name in (UNTRAINED, *FURTHER_DRAWS) if name in controls]


def _describe_untrained(draws: Sequence[AttributionMasks], step: int) -> str:
    """Return how many untrained networks name the label, and how far their probabilities lie apart."""
    hits = sum(int(each.hits()[step, 0]) for each in draws)
    values = [float(each.probability[step, 0]) for each in draws]
    spread = f"{percent(sum(values) / len(values))} on average, from {percent(min(values))} to {percent(max(values))}"
    return f"Of {len(draws)} untrained networks, {hits} say “{label_of(draws[0])}” ({spread})."


def _describe_outcome(masks: AttributionMasks, step: int) -> str:
    """Return what the mask has done by an iteration: it has kept the answer, written its label, or missed it."""
    target, whole = f"“{label_of(masks)}”", percent_text(float(masks.probability[0, 0]))
    times = "1 iteration" if step == 1 else f"{step} iterations"
    start = f"After {times} for {target}, the network"
    if not masks.hits()[step, 0]:
        return f"{start} {_says(masks, step)} (whole picture: {whole})."
    now = percent(float(masks.probability[step, 0]))
    if not masks.hits()[0, 0]:
        return f"{start} says {target} ({now}; whole picture: {whole})."
    return f"{start} still says {target} ({now}; whole picture: {whole}).{_describe_fall(masks, step)}"


def _describe_fall(masks: AttributionMasks, step: int) -> str:
    """Return why the probability fell though the label stayed; empty if it did not fall with the logits."""
    lead, share = logit_lead(masks)[:, 0].tolist(), float(input_share(masks)[step, 0])
    if not (masks.probability[step, 0] < masks.probability[0, 0] and lead[step] < lead[0] and share < 1):
        return ""
    return (
        f" The label stays though its probability falls: the masks leave {share_text(share)} of the input’s "
        f"strength, and the logits shrink with it (lead of {label_of(masks)}: {lead[0]:.1f}, now {lead[step]:.1f})."
    )


def _conclude(masks: AttributionMasks, controls: Mapping[str, AttributionMasks] | None, step: int) -> str:
    """Return what follows: an answer that was not there before was written by the mask."""
    if _is_written(masks, step) or (controls and _is_written(controls["another_label"], step)):
        return PROVES_NOTHING
    if controls and masks.hits()[step, 0] and controls["noise_image"].hits()[step, 0]:
        return NOISE_SUFFICES
    return NO_EVIDENCE if masks.hits()[step, 0] else NOT_WRITTEN


def _is_written(masks: AttributionMasks, step: int) -> bool:
    """Return whether the answer is the masks' class, and was another one for the whole picture."""
    hits = masks.hits()[:, 0]
    return bool(hits[step] and not hits[0])


def _says(masks: AttributionMasks, step: int) -> str:
    """Return the answer at an iteration, as the end of a sentence, with the probability of the target."""
    category = masks.predicted_name(step)
    if category is None:
        return "says nothing at all (all its logits are 0)"
    probability = percent(float(masks.probability[step, 0]))
    if category == label_of(masks):
        return f"says “{category}” ({probability})"
    return f"says “{category}” and gives “{label_of(masks)}” {probability}"
