"""What the answers about one hidden object say together: what revealed it, in a few sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from masking.methods import METHODS
from masking.registry.parsing import entry_title
from masking.results.sentences import join_names, percent_text

if TYPE_CHECKING:
    from masking.leakage.single import Cutout

WITHOUT_OUTLINE = ("hull", "box", "disc")
"""Holes that cover the object without its outline, in the order in which less and less of the outline is left."""
BEYOND = "its position, its size, the background or luck is enough"
SURE = 0.5
"""Below this probability of the class of the whole scene, the sentence says that the network is unsure."""


def cutout_sentence(cutout: Cutout) -> str:
    """Return what revealed the object; a doubt comes first if the network hardly knows the object."""
    verdict = _what_revealed_it(cutout)
    if cutout.sure >= SURE:
        return verdict
    answer = f"{cutout.whole.named.text} {percent_text(cutout.sure)}"
    return f"Even with nothing hidden the network is unsure ({answer}). {verdict}"


def _what_revealed_it(cutout: Cutout) -> str:
    if "exact" not in cutout.masks or not cutout.answers:
        return "Choose a masking method and the exact hole to see whether the outline reveals the object."
    name = cutout.object_name
    if _may_be_in_sight(cutout):
        return (
            f"Every method says “{name}” whatever the shape of the hole. Probably some of it is still visible: a part "
            f"outside the hole, or another {name}. Hide that too; only then does the shape of the hole count."
        )
    telling, remarks = _set_aside(cutout)
    if not telling:
        return " ".join(remarks)
    named = [method for method in telling if cutout.still_named(method, "exact")]
    if not named:
        hole = f"the {name} hidden" if cutout.certain else "this hole"
        none = "no other method" if remarks else "no method"
        return " ".join([f"Nothing reveals the {name}: with {hole}, the network says “{name}” under {none}.", *remarks])
    parts = _name_methods(cutout, telling, named)
    if not cutout.certain:
        parts.append(f"This holds if the hole hides all that shows the {name}.")
    return " ".join([*parts, *remarks])


def _set_aside(cutout: Cutout) -> tuple[list[str], list[str]]:
    """Return the methods whose answers tell something about the hole, and a sentence for each kind of the others."""
    blind = [method for method in cutout.methods if (method, "exact") in cutout.blind]
    named = [method for method in cutout.methods if method not in blind and cutout.still_named(method, "exact")]
    clear = [method for method in named if method in cutout.see_through]
    remarks = []
    if blind:
        remarks.append(f"Under {join_names(list(map(_title, blind)))} nothing at all is visible.")
    if clear:
        titles = join_names(list(map(_title, clear)))
        remarks.append(f"Under {titles} some of the {cutout.object_name} shows through the hole.")
    return [method for method in cutout.methods if method not in {*blind, *clear}], remarks


def _may_be_in_sight(cutout: Cutout) -> bool:
    """Return whether every answer is that to the whole scene, though it is not known that the object is hidden."""
    covering = [key for key in cutout.answers if key[1] != "transplanted"]
    is_named_by_all = all(cutout.still_named(*key) for key in covering)
    return not cutout.certain and is_named_by_all and bool(_without_outline(cutout))


def _name_methods(cutout: Cutout, telling: list[str], named: list[str]) -> list[str]:
    """Return a sentence for each way in which methods come to name the object, and one for those that do not."""
    name, without = cutout.object_name, _without_outline(cutout)
    by_outline, by_more = [], []
    for method in named:
        lost = [hole for hole in without if not cutout.still_named(method, hole)]
        (by_outline if lost else by_more).append(_title(method))
    parts = []
    if by_outline:
        parts.append(f"Under {join_names(by_outline)} the outline of the hole reveals the {name}.")
    if by_more and without:
        parts.append(f"Under {join_names(by_more)} the network says “{name}” even without its outline: {BEYOND}.")
    elif by_more:
        parts.append(f"Under {join_names(by_more)} the network still says “{name}”; add the hole “Disc” to see why.")
    if silent := [_title(method) for method in telling if method not in named]:
        parts.append(f"Under {join_names(silent)} nothing does.")
    return parts


def _without_outline(cutout: Cutout) -> list[str]:
    """Return the holes that have lost the outline; the box around a rectangle is the rectangle itself."""
    exact = cutout.masks["exact"].digest
    return [hole for hole in WITHOUT_OUTLINE if hole in cutout.masks and cutout.masks[hole].digest != exact]


def _title(method: str) -> str:
    return entry_title(METHODS, method).lower()
