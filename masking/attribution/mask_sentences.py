"""The effect of an attribution mask in sentences that claim no more than the answers show."""

from masking.attribution.iterations import AttributionMasks
from masking.results.sentences import percent_text

NO_EVIDENCE = "The mask is made for this label: reaching it is no evidence that the mask shows the object."


def label_of(masks: AttributionMasks) -> str:
    """Return the short name of the class that the masks of the first image are made for."""
    return masks.target_name()


def describe_answer(masks: AttributionMasks, step: int) -> str:
    """Return what the network answers at a step, as the end of a sentence."""
    category = masks.predicted_name(step)
    if category is None:
        return "says nothing at all (all its logits are 0)"
    probability = percent_text(float(masks.probability[step, 0]))
    if category == label_of(masks):
        return f"calls it {category} with {probability}"
    return f"calls it {category} and gives {label_of(masks)} {probability}"


def describe_whole(name: str, masks: AttributionMasks) -> str:
    """Return the answer of the classifier of this name to the whole picture, as a sentence without its full stop."""
    return f"Asked about the whole picture, {name} {describe_answer(masks, 0)}"


def describe_masked(name: str, masks: AttributionMasks, step: int) -> str:
    """Return the answer after so many iterations, as a sentence without its full stop."""
    times = "1 iteration" if step == 1 else f"{step} iterations"
    return f"After {times} for {label_of(masks)}, {name} {describe_answer(masks, step)}"
