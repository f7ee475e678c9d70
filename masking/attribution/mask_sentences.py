"""What an attribution mask did, in sentences that claim no more than was answered."""

from masking.attribution.iterations import AttributionMasks

NO_EVIDENCE = "The mask is made for this label: reaching it is no evidence that the mask shows the object."


def label(found: AttributionMasks) -> str:
    """The class that a film's masks are made for."""
    return found.categories[int(found.target[0])]


def answer(found: AttributionMasks, step: int) -> str:
    """What the network answers at a step, as the end of a sentence."""
    said = found.said(step)
    if said is None:
        return "says nothing at all (all its logits are 0)"
    probability = f"{float(found.probability[step, 0]):.1%}"
    if said == label(found):
        return f"calls it {said} with {probability}"
    return f"calls it {said} and gives {label(found)} {probability}"


def whole(name: str, found: AttributionMasks) -> str:
    """What the classifier of this name answers before any mask, as a sentence without its end."""
    return f"Asked about the whole picture, {name} {answer(found, 0)}"


def masked(name: str, found: AttributionMasks, step: int) -> str:
    """What it answers once so many masks are multiplied, as a sentence without its end."""
    times = "1 iteration" if step == 1 else f"{step} iterations"
    return f"After {times} for {label(found)}, {name} {answer(found, step)}"
