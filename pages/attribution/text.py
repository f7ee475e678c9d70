"""What attribution masks did, in sentences: one for each step."""

from collections.abc import Mapping

from masking.attribution import CONTROLS, AttributionMasks
from masking.attribution.mask_sentences import NO_EVIDENCE, answer, label, masked, whole
from masking.inference.predict import Prediction

MEANINGS = {
    "another_label": "The same picture, the mask made for another class. If that works too, the mask writes its label.",
    "noise_image": "The mask made of pure noise, for the same class: there is no object in it at all.",
    "predicted_label": "The mask made for what the classifier itself predicts: no label is given to it from outside.",
    "untrained_network": "The same architecture with random weights makes the mask and judges it; it knows no classes. "
    "Where it stays at chance, its outputs have collapsed: no proof that training is needed.",
}
DRAWN = "This class is one random draw: choose others above."
TITLES = {"another_label": "Another label"} | {name: one.title for name, one in CONTROLS.items()}


def telling(found: AttributionMasks) -> int:
    """The step to show first: of the first three masks the last after which the picture is called by its class.

    Without input bias, that class gets less probable with every mask, but other labels are written in only by then. If
    none is, where the class is most probable.
    """
    if not found.iterations:
        return 0
    called = found.hits()[1:4, 0].nonzero()
    return int((called.max() if len(called) else found.probability[1:, 0].argmax()) + 1)


def fading(name: str, blank: Prediction) -> str:
    """What the classifier says once nothing is left but the mean colour, which all masked pictures fade to."""
    if not blank.logits.any():
        return (
            f"Masked pictures fade to the mean colour. Of that {name} says nothing (all logits are 0): it is free of "
            "input bias, so fading alone makes it less sure, but does not change what it says."
        )
    said, probability = blank.top(1)[0]
    return (
        f"Masked pictures fade to the mean colour, which {name} calls {said} with {probability:.1%}: its biases answer "
        "where nothing is left. A network free of input bias (NIB) has none."
    )


def readings(name: str, found: AttributionMasks, controls: Mapping[str, AttributionMasks] | None) -> list[str]:
    """One sentence or two for each step; with the controls, what they come to at the same step."""
    return [_reading(name, found, controls, step) for step in range(found.iterations + 1)]


def _reading(name: str, found: AttributionMasks, controls: Mapping[str, AttributionMasks] | None, step: int) -> str:
    if step == 0:
        return f"{whole(name, found)}. Each iteration masks it once more."
    told = masked(name, found, step)
    if controls:
        other, noise = controls["another_label"], controls["noise_image"]
        told += f"; for {label(other)} instead, it {answer(other, step)}; of pure noise, it {answer(noise, step)}"
    return f"{told}. {NO_EVIDENCE}"
