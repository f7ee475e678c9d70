"""Verdicts: whether an answer to a picture with hidden parts is a leak, a harm, or as it should be."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from masking.masks.shares import share_text
from masking.results.sentences import join_names

REMAINS = 0.05
"""If less than this share of the object is visible, neither naming it nor losing it proves anything."""


class Kind(StrEnum):
    """What an answer says about the method."""

    LEAK = "leak"
    """The object is hidden completely, and still named."""
    GUESS = "guess"
    """The object is hidden completely, and not named: as it should be."""
    HARM = "harm"
    """The object is visible, and no longer named."""
    KEPT = "kept"
    """The object is visible, and still named."""
    NOTHING = "nothing"
    """Nothing at all is visible: the network's answer to nothing."""
    SAME = "same"
    """The answer is that for the whole picture; whether the object is hidden is not known."""
    OTHER = "other"
    """The answer is another one; whether the object is hidden is not known."""


WORDS = {
    Kind.LEAK: "Leak", Kind.GUESS: "As it should be", Kind.HARM: "Harm", Kind.KEPT: "Kept",
    Kind.NOTHING: "Answer to nothing", Kind.SAME: "Same answer", Kind.OTHER: "Another answer",
}  # fmt: skip
"""The word for each kind, as badges show it."""


@dataclass(frozen=True)
class ClassName:
    """A class as sentences call it.

    Attributes:
        name: the short name, such as "tiger cat".
        group: the group that it belongs to, such as "cat"; its own name where it is alone.
    """

    name: str
    group: str

    @property
    def text(self) -> str:
        """The class with its group: `a cat (“tiger cat”)`, or `“mug”`."""
        return f"“{self.name}”" if self.group == self.name else f"{with_article(self.group)} (“{self.name}”)"

    @property
    def group_text(self) -> str:
        """The group if there is one, as `a cat`; else the class, as `“mug”`."""
        return f"“{self.name}”" if self.group == self.name else with_article(self.group)


@dataclass(frozen=True)
class Verdict:
    """What one method's answer means.

    Attributes:
        kind: see `Kind`.
        original: the class named for the whole picture.
        answer: the class named under the method.
        visible: the share of the object that is visible, 0 … 1; None where the object is not known.
        shows_through: whether the method lets some of the hidden part through.
    """

    kind: Kind
    original: ClassName
    answer: ClassName
    visible: float | None
    shows_through: bool = False

    @property
    def word(self) -> str:
        """The kind as one to three words."""
        return WORDS[self.kind]

    @property
    def text(self) -> str:
        """The verdict as one sentence."""
        object_name, answer = self.original.group, self.answer.text
        match self.kind:
            case Kind.LEAK:
                return f"Nothing of the {object_name} is visible, but it is named: the hole or its surroundings told."
            case Kind.GUESS:
                return f"The {object_name} is hidden, and {answer} is a guess, as it should be."
            case Kind.HARM:
                return f"{_share(self.visible)} of the {object_name} is visible, but the answer is {answer}."
            case Kind.KEPT:
                return f"{_share(self.visible)} of the {object_name} is visible, and it is {self._still}."
            case Kind.NOTHING:
                return f"“{self.answer.name}” is what this network says when it sees no object."
            case Kind.SAME:
                return f"The answer is {self._still}{self._through}."
            case _:
                return f"The answer is {answer} instead of {self.original.text}{self._through}."

    @property
    def _through(self) -> str:
        return "; some of the hidden part shows through" if self.shows_through else ""

    @property
    def _still(self) -> str:
        return f"still {named_again(self.original, self.answer)}"


def judge(
    original: ClassName,
    answer: ClassName,
    visible: float | None,
    *,
    nothing_left: bool = False,
    shows_through: bool = False,
) -> Verdict:
    """Decide what an answer to a picture with hidden parts means. Classes of one group count as the same object.

    Args:
        original: the class named for the whole picture, which stands for the object.
        answer: the class named with parts hidden.
        visible: the share of the object's pixels that is visible, 0 … 1; None where the object is not known.
        nothing_left: whether no pixel could influence the answer.
        shows_through: whether the method lets some of the hidden part through; then a hidden object is not known to be
            out of sight.
    """
    if nothing_left:
        kind = Kind.NOTHING
    elif visible is None or 0 < visible < REMAINS or (shows_through and visible == 0):
        kind = Kind.SAME if is_same(original, answer) else Kind.OTHER
    elif visible == 0:
        kind = Kind.LEAK if is_same(original, answer) else Kind.GUESS
    else:
        kind = Kind.KEPT if is_same(original, answer) else Kind.HARM
    return Verdict(kind, original, answer, visible, shows_through)


def is_same(first: ClassName, second: ClassName) -> bool:
    """Return whether two classes are the same object to a reader: the same class, or classes of one group."""
    return first.group == second.group


def named_again(original: ClassName, answer: ClassName) -> str:
    """Return how an answer of the same group reads: `“mug”`, or `a cat (“Egyptian cat” instead of “tiger cat”)`."""
    if original.name == answer.name:
        return answer.text
    return f"{with_article(answer.group)} (“{answer.name}” instead of “{original.name}”)"


def verdict_sentences(original: ClassName, verdicts: Mapping[str, Verdict]) -> str:
    """Return what the answers of several methods say together, in a few sentences.

    Args:
        original: the class named for the whole picture.
        verdicts: by the method's title, all of one picture and one mask.
    """
    if not verdicts:
        return f"The network says {original.text} to the whole picture. Choose a masking method to compare."
    parts = [_what_is_visible(original, next(iter(verdicts.values())).visible)]
    parts += [_join_same(verdicts, kind) for kind in (Kind.LEAK, Kind.KEPT, Kind.SAME)]
    parts += [_join_others(verdicts, kind) for kind in (Kind.HARM, Kind.GUESS, Kind.OTHER)]
    parts += [_join_nothing(verdicts), _join_see_through(verdicts)]
    return " ".join(part for part in parts if part)


_AFTER_SAME = {
    Kind.LEAK: ": a leak, read from the shape of the hole or from its surroundings",
    Kind.KEPT: "",
    Kind.SAME: "",
}
_AFTER_OTHERS = {
    Kind.HARM: ": harm, for the object is there to see",
    Kind.GUESS: ": {}",
    Kind.OTHER: "",
}


def _what_is_visible(original: ClassName, visible: float | None) -> str:
    if visible is None:
        return ""
    if visible == 0:
        return f"Nothing of the {original.group} is visible."
    return f"{_share(visible)} of the {original.group} is visible."


def _join_same(verdicts: Mapping[str, Verdict], kind: Kind) -> str:
    """Return the sentence for the methods that still name the object."""
    titles = _titles_by_answer(verdicts, kind)
    said: list[str] = []
    for names in titles:
        verdict = verdicts[names[0]]
        said.append(f"{join_names(names)} still {_says(names)} {named_again(verdict.original, verdict.answer)}")
    return _sentence(said, _AFTER_SAME.get(kind, ""))


def _join_others(verdicts: Mapping[str, Verdict], kind: Kind) -> str:
    """Return the sentence for the methods that say something else."""
    titles = _titles_by_answer(verdicts, kind)
    said = [f"{join_names(names)} {_says(names)} {verdicts[names[0]].answer.text}" for names in titles]
    if kind is Kind.OTHER and said:
        said[-1] += f" instead of {next(iter(verdicts.values())).original.text}"
    count = sum(map(len, titles))
    return _sentence(
        said, _AFTER_OTHERS[kind].format("a guess, as it should be" if count == 1 else "guesses, as they should be")
    )


def _join_nothing(verdicts: Mapping[str, Verdict]) -> str:
    titles = _titles_by_answer(verdicts, Kind.NOTHING)
    return " ".join(
        f"{_capital(join_names(names))} {'sees' if len(names) == 1 else 'see'} nothing at all: "
        f"“{verdicts[names[0]].answer.name}” is what this network says when it sees no object."
        for names in titles
    )


def _join_see_through(verdicts: Mapping[str, Verdict]) -> str:
    """Return the sentence for the methods of which nobody knows what they show of the object."""
    kinds = (Kind.SAME, Kind.OTHER)
    titles = [title for title, verdict in verdicts.items() if verdict.shows_through and verdict.kind in kinds]
    return f"Under {join_names(titles)} some of the hidden part shows through." if titles else ""


def _titles_by_answer(verdicts: Mapping[str, Verdict], kind: Kind) -> list[list[str]]:
    """Return the titles of the methods with verdicts of a kind, those with the same answer together."""
    titles: dict[str, list[str]] = {}
    for title, verdict in verdicts.items():
        if verdict.kind is kind:
            titles.setdefault(verdict.answer.name, []).append(title)
    return list(titles.values())


def _sentence(said: list[str], after: str) -> str:
    return f"{_capital(join_names(said))}{after}." if said else ""


def _share(visible: float | None) -> str:
    if visible == 1:
        return "All"
    text = share_text(visible or 0.0, 0)
    return _capital(text)


def _says(names: list[str]) -> str:
    return "says" if len(names) == 1 else "say"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def with_article(noun: str) -> str:
    """Return a noun with its indefinite article: `a cat`, `an ape`."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
