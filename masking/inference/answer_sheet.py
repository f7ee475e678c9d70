"""Answers as contact sheets show them: bars, legends, numbers, and how they were made."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from masking.inference.prediction import Prediction
from masking.inference.removal import Removal
from masking.masks.shares import share_text
from masking.methods import METHODS
from masking.models.class_groups import group_members
from masking.models.class_names import short_names
from masking.registry.parsing import entry_title, format_entry
from masking.results.contact_sheet import BARS, Bar, Panel
from masking.results.sentences import entropy_text, percent_text
from masking.results.verdict import Verdict, with_article

WHOLE = "Whole picture"
VERSIONS = {"masking": "Missingness Explorer", "torch": "torch", "torchvision": "torchvision"}
"""The versions that a sheet names, by their names in manifests."""
MOST_FOLLOWED = 10
"""Classes that a reader of the HTML page can follow through all panels."""
MOST_ANSWERS = 8
"""Different answers to random masks that are named."""


def whole_panel(image: Tensor, whole: Prediction) -> Panel:
    """Return the whole picture (1, 3, h, w) with the answer to it."""
    return replace(answer_panel(WHOLE, image, whole, whole), is_whole=True)


def followed_classes(answers: Sequence[Prediction]) -> list[int]:
    """Return the classes that one can follow through all answers: among the most probable of any, the likeliest."""
    shown = {
        index
        for answer in answers
        for index in answer.probabilities.topk(min(BARS, len(answer.categories)))[1].tolist()
    }
    highest = {index: max(answer.probability(index) for answer in answers) for index in shown}
    return sorted(shown, key=lambda index: (-highest[index], index))[:MOST_FOLLOWED]


def with_followed(panel: Panel, answer: Prediction, whole: Prediction, followed: Sequence[int]) -> Panel:
    """Return a panel that also holds the bars of followed classes that are not among its most probable ones."""
    names = short_names(answer.categories)
    original, present = group_members(whole.index, whole.categories), {bar.name for bar in panel.bars}
    missing = [index for index in followed if names[index] not in present]
    return replace(panel, others=[Bar(names[i], answer.probability(i), i in original) for i in missing])


def answer_panel(
    title: str,
    image: Tensor,
    answer: Prediction,
    whole: Prediction,
    verdict: Verdict | None = None,
    colour: str = "",
    more: Mapping[str, str] | None = None,
    remark: str = "",
) -> Panel:
    """Return a picture (1, 3, h, w) with the answer to it, beside the answer to the whole picture."""
    return Panel(
        title=title,
        image=image,
        answer=answer.named.name,
        bars=probability_bars(answer, whole),
        facts=answer_facts(answer, whole) | dict(more or {}),
        verdict=verdict,
        remark=remark,
        colour=colour,
    )


def probability_bars(answer: Prediction, whole: Prediction) -> list[Bar]:
    """Return the most probable classes; the class of the whole picture and those of its group are highlighted."""
    names = short_names(whole.categories)
    original = {names[index] for index in group_members(whole.index, whole.categories)}
    return [Bar(name, probability, name in original) for name, probability in answer.top(BARS, short=True)]


def answer_facts(answer: Prediction, whole: Prediction) -> dict[str, str]:
    """Return how probable the object of the whole picture is, before and after, and the predictive entropy."""
    predictions = [whole] if answer is whole else [whole, answer]
    change = " → ".join(percent_text(each.group_probability(whole.index)) for each in predictions)
    return {f"“{whole.named.group}”": change, "Predictive entropy": entropy_text(answer.entropy, answer.entropy_limit)}


def answer_row(title: str, answer: Prediction, whole: Prediction, verdict: str) -> dict[str, str]:
    """Return one line of a table."""
    best = ", ".join(f"{name} {percent_text(probability)}" for name, probability in answer.top(BARS, short=True))
    return {"Method": title, "Verdict": verdict, **answer_facts(answer, whole), "Most probable classes": best}


def removal_facts(removal: Removal) -> dict[str, str]:
    """Return how varied the answers to random masks are, and how often they name the object."""
    return {
        "Class entropy": f"{abs(removal.class_entropy):.2f} bits",
        f"Still “{removal.object_name}”": share_text(removal.group_agreement, 0),
    }


def removal_row(title: str, removal: Removal) -> dict[str, str]:
    """Return one line of a table with the most frequent answers to random masks."""
    names = dict(zip(removal.categories, short_names(removal.categories), strict=True))
    counts = removal.histogram()
    answers = [f"{names[category]} {count}" for category, count in counts[:MOST_ANSWERS]]
    rest = counts[MOST_ANSWERS:]
    answers += [f"{len(rest)} other classes {sum(count for _, count in rest)}"] if rest else []
    return {"Method": title, **removal_facts(removal), "Answers": ", ".join(answers)}


def legend_of(whole: Prediction, *, is_striped: bool, has_removal: bool = False) -> str:
    """Return what bars, stripes and numbers on a sheet mean.

    Args:
        whole: the answer to the whole picture.
        is_striped: whether pictures have striped pixels.
        has_removal: whether there are class entropies.
    """
    members, name = len(group_members(whole.index, whole.categories)), whole.named
    object_text = f"“{name.name}”, the answer to the whole picture" if members == 1 else f"every {name.group}"
    a_member = with_article(name.group)
    sentences = [
        f"Blue bars: {object_text}.",
        f"“{name.group}” is the sum over the {members} classes that are {a_member}." if members > 1 else "",
        "Striped pixels are left out: under this method they have no colour." if is_striped else "",
        f"Predictive entropy is the network's doubt: 0 bits = sure, {whole.entropy_limit:.3g} bits = all "
        f"{len(whole.categories):,} classes alike.",
        "Class entropy is that of the answers to many random masks: 0 bits = always the same answer, which is good if "
        "it is the picture's, and bad if it is not."
        if has_removal
        else "",
    ]
    return " ".join(filter(None, sentences))


def classifier_facts(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the classifier and the versions of a manifest, by name."""
    weights, versions = str(manifest.get("weights", "")), manifest.get("versions", {})
    made_with = [f"{name} {versions[key]}" for key, name in VERSIONS.items() if key in versions]
    facts = {
        "Classifier": f"{manifest['classifier']}{f' (weights {weights[:12]})' if weights else ''}",
        "Made with": ", ".join(made_with),
    }
    return {name: value for name, value in facts.items() if value}


def method_title(name: str, manifest: Mapping[str, Any]) -> str:
    """Return a method's title, with those of its settings in a manifest that are not the default."""
    values = manifest.get("methods", {}).get(name, {})
    if name not in METHODS or not values:
        return entry_title(METHODS, name)
    return entry_title(METHODS, format_entry(name, METHODS[name](**values)))


def mask_origin(source: Mapping[str, Any] | None) -> str:
    """Return where a mask comes from, in words."""
    match source:
        case {"random_patches": {"patch": patch, "seed": seed}}:
            return f"in random patches of {patch} px, seed {seed}"
        case {"file": name}:
            return f"by the mask file {name}"
        case _:
            return "as the pictures show"


def settings_text(settings: Mapping[str, Any], count: int) -> str:
    """Return how random masks were made: `64 (share 0.5, patch 16, seed 0)`."""
    words = ", ".join(f"{name} {value}" for name, value in settings.items())
    return f"{count} ({words})" if words else str(count)


def count_text(count: int, noun: str) -> str:
    """Return a count with its noun: `1 masking method`, `3 masking methods`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
