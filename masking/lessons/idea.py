"""The base class of the lesson's ideas, and the registry that finds them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from urllib.parse import urlencode

from masking.lessons.parts import Part, Screen
from masking.lessons.text import Text
from masking.registry import Registry

Facts = Mapping[str, Any]
"""Numbers and names that an idea has computed, as JSON holds them."""
OnStep = Callable[[float], None]
"""Called with the share that is done, 0 … 1; it may raise to cancel."""


@dataclass(frozen=True)
class ScreenControl:
    """The one control of a screen.

    Attributes:
        values: what can be chosen, as links spell it.
        start: the value that the screen begins with.
        kind: a slider over numbers, or a choice between names.
        unit: stands behind the numbers of a slider.
    """

    values: tuple[str, ...]
    start: str
    kind: Literal["slider", "choice"] = "choice"
    unit: str = ""


@dataclass(frozen=True)
class Link:
    """A page of the dashboard in a certain state: its name in the address, and the parameters."""

    page: str
    parameters: Mapping[str, str]

    @property
    def address(self) -> str:
        """The address below that of the dashboard."""
        query = urlencode(self.parameters, safe=":,/")
        return f"{self.page}?{query}" if query else self.page


class Idea:
    """One idea of the lesson: one screen. A new idea is a new file in `ideas/` with its words in `assets/texts/en`.

    The words are called after the idea: `NAME.title` (a few words), `.question`, `.keep` (the sentence to keep),
    `.control`, `.at.VALUE` (unless the control is a slider), `.guesses.GUESS`, `.door` (what the full page shows), and
    whatever `draw` asks for.
    """

    name: ClassVar[str]
    number: ClassVar[int]
    """Its place in the lesson, from 1."""
    control: ClassVar[ScreenControl]
    guesses: ClassVar[tuple[str, ...]] = ()
    """What the reader can guess before the figure is shown; none where a widget reports a result instead."""
    terms: ClassVar[tuple[str, ...]] = ()
    """Terms of the glossary that the screen needs."""
    references: ClassVar[tuple[str, ...]] = ()
    """Keys of the references that it rests on."""
    is_slow: ClassVar[bool] = False
    """Whether computing takes more than a few seconds."""

    def computed_for(self, at: str) -> str:
        """Return what is computed for a value of the control; values that show the same facts share them."""
        return at

    def compute(self, key: str, on_step: OnStep) -> Facts:
        """Compute the facts for a key of `computed_for`, here and now. It may take its time."""
        raise NotImplementedError

    def draw(self, at: str, facts: Facts, text: Text) -> Screen:
        """Return the screen for a value of the control; this takes a fraction of a second."""
        raise NotImplementedError

    def tease(self, text: Text) -> tuple[Part, ...]:
        """Return what is shown before the reader has guessed: pictures, but no answers."""
        del text
        return ()

    def link(self, at: str) -> Link:
        """Return the full page in the state that the screen shows."""
        raise NotImplementedError

    def describe_guess(self, guess: str, text: Text) -> str:
        """Return a guess in words."""
        return text(f"{self.name}.guesses.{guess}")

    def takes(self, guess: str) -> bool:
        """Return whether this can be a guess; links may say anything."""
        return guess in self.guesses

    def answer_to(self, guess: str, answer: str) -> str:
        """Return what a guess is compared with: the screen's answer, unless the guess itself says more than that."""
        del guess
        return answer

    def is_right(self, guess: str, answer: str) -> bool | None:
        """Return whether a guess was right; None for a game's result, which stands beside the network's own.

        Such an idea has the words `NAME.played`, which compare a `guess` with an `answer`.
        """
        return guess == answer


IDEAS: Registry[Idea] = Registry("idea", "masking.lessons.ideas")
"""All ideas by name."""


def all_ideas() -> list[Idea]:
    """Return the ideas in the order of the lesson."""
    return sorted(IDEAS.values(), key=lambda idea: idea.number)
