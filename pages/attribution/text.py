"""Attribution masks in sentences, one for each iteration. This module does not use streamlit."""

from collections.abc import Mapping

from masking.attribution import CONTROLS, AttributionMasks
from masking.attribution.mask_sentences import NO_EVIDENCE, label_of
from masking.inference.prediction import Prediction
from pages.components.numbers import percent

MEANINGS = {
    "another_label": "The same picture, with a mask made for another class. If this works too, the mask writes its "
    "label.",
    "noise_image": "A mask made of pure noise, for the same class. There is no object in it.",
    "predicted_label": "A mask made for the network's own guess. No label is given.",
    "untrained_network": "A network of the same architecture with random weights makes the mask and judges it. It "
    "knows no classes. If it stays at chance, its outputs have collapsed; this does not prove that training is needed.",
}
RANDOM_CLASS = "The class is one random draw; choose another above."
TITLES = {"another_label": "Other class"} | {name: control.title for name, control in CONTROLS.items()}
PROVES_NOTHING = "A mask that can be made to say anything proves nothing."
NOISE_SUFFICES = "Pure noise is enough for this answer, so the mask is no evidence of an object."
EARLY = 3
"""Iterations among which the page looks for the first one to show."""


def first_step(masks: AttributionMasks) -> int:
    """Return the iteration to show first: among the first three, the last one whose answer is the target class.

    Without input bias the target gets less probable with every mask, but other labels appear only later. If no
    answer is the target, return the iteration at which the target is most probable.
    """
    if not masks.iterations:
        return 0
    hits = masks.hits()[1 : EARLY + 1, 0].nonzero()
    return int((hits.max() if len(hits) else masks.probability[1:, 0].argmax()) + 1)


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
    target = f"“{label_of(masks)}”"
    times = "1 iteration" if step == 1 else f"{step} iterations"
    sentences = [f"After {times}: asked to keep {target}, the network {_says(masks, step)}."]
    verdict = NO_EVIDENCE
    if controls:
        other, noise = controls["another_label"], controls["noise_image"]
        sentences.append(f"Asked to keep “{label_of(other)}”, it {_says(other, step)}.")
        sentences.append(f"Asked to keep {target} in pure noise, it {_says(noise, step)}.")
        if other.hits()[step, 0]:
            verdict = PROVES_NOTHING
        elif noise.hits()[step, 0]:
            verdict = NOISE_SUFFICES
    return " ".join([*sentences, verdict])


def _says(masks: AttributionMasks, step: int) -> str:
    """Return the answer at an iteration, as the end of a sentence, with the probability of the target."""
    category = masks.predicted_name(step)
    if category is None:
        return "says nothing at all (all its logits are 0)"
    probability = percent(float(masks.probability[step, 0]))
    if category == label_of(masks):
        return f"says “{category}” ({probability})"
    return f"says “{category}” and gives “{label_of(masks)}” {probability}"
