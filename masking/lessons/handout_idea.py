"""One idea as a section of a handout: question and guesses, and folded what was measured."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from masking.lessons.drawing import draw_parts
from masking.lessons.glossary import Term, glossary
from masking.lessons.idea import Facts, Idea, ScreenControl
from masking.lessons.parts import Part, Screen, Widget
from masking.lessons.references import references
from masking.lessons.text import Text
from masking.results.html_controls import radio_group

MOST_VALUES = 5
"""So many values of a slider at most are in the file."""
IDEA_CHARACTERS = 480_000
"""An idea gets further values of its control as long as all its figures together stay below this."""
FactsOf = Callable[[Idea, str], Facts]


@dataclass(frozen=True)
class IdeaSection:
    """An idea with the values of its control that a file holds.

    Attributes:
        idea: the idea.
        text: the words.
        facts: by value.
        screens: what is shown of them, in the order of the control.
        figures: the parts of the screens as HTML.
    """

    idea: Idea
    text: Text
    facts: Mapping[str, Facts]
    screens: Mapping[str, Screen]
    figures: Mapping[str, str]

    @property
    def title(self) -> str:
        """The number and the title."""
        return f"{self.idea.number}. {self.text(f'{self.idea.name}.title')}"

    @property
    def parts(self) -> Iterator[Part]:
        """All parts that the section shows."""
        yield from self.idea.tease(self.text)
        for screen in self.screens.values():
            yield from screen.parts

    @property
    def widgets(self) -> list[str]:
        """The names of the widgets."""
        return [part.name for part in self.parts if isinstance(part, Widget)]

    def to_html(self) -> str:
        """Return the section. An idea that has no guesses asks by its figure, which is then not folded."""
        name, figures = self.idea.name, self._each(lambda at: self._at(at) + self.figures[at])
        findings = self._each(self._finding)
        before, answer = ("", figures + findings) if self.idea.guesses else (figures, findings)
        above = self._guesses() if self.idea.guesses else self._control()
        folded = self._control() + answer if self.idea.guesses else answer
        keep = f"<b>{escape(self.text('lesson.keep'))}:</b> {escape(self.text(f'{name}.keep'))}"
        return (
            f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{escape(self.title)}</h2>'
            f'<p class="question">{escape(self.text(f"{name}.question"))}</p>'
            f"{draw_parts(self.idea.tease(self.text), self.text)}{above}{before}"
            f'<details class="answer"><summary>{escape(self.text("handout.answer"))}</summary>'
            f'{folded}<p class="keep">{keep}</p></details>{self._terms()}</section>'
        )

    def style(self) -> str:
        """Return the rules by which the chosen value is shown, and whether the guess was right."""
        name = self.idea.name
        rules = [
            f"#{name}:has(#{name}-at-{number}:checked) .at-{number} {{ display: block; }}"
            for number in range(len(self.screens))
        ]
        rules += [
            f"#{name}:has(#{name}-guess-{number}:checked) .guess-{number} {{ display: block; }}"
            for number in range(len(self.idea.guesses))
        ]
        if len(self.screens) == 1:
            rules.append(f"#{name} .at-0 {{ display: block; }}")
        return "\n".join(rules)

    def _each(self, draw: Callable[[str], str]) -> str:
        """Return something for each value; the style sheet shows that of the chosen one."""
        return "".join(f'<div class="screen at-{number}">{draw(at)}</div>' for number, at in enumerate(self.screens))

    def _at(self, at: str) -> str:
        """Return the value of the control in words, for paper."""
        if len(self.screens) == 1:
            return ""
        return f'<p class="at">{escape(self.text(f"{self.idea.name}.control"))}: {escape(self._value(at))}</p>'

    def _value(self, at: str) -> str:
        control = self.idea.control
        return f"{at} {control.unit}".strip() if control.kind == "slider" else self.text(f"{self.idea.name}.at.{at}")

    def _control(self) -> str:
        if len(self.screens) == 1:
            return ""
        values = list(self.screens)
        choices = {str(number): self._value(at) for number, at in enumerate(values)}
        start = str(values.index(self.idea.control.start))
        return radio_group(f"{self.idea.name}-at", self.text(f"{self.idea.name}.control"), choices, start)

    def _guesses(self) -> str:
        choices = {
            str(number): self.idea.describe_guess(guess, self.text) for number, guess in enumerate(self.idea.guesses)
        }
        return radio_group(f"{self.idea.name}-guess", self.text("lesson.guess"), choices, kind="guesses")

    def _finding(self, at: str) -> str:
        """Return whether each guess was right, of which the style sheet shows the reader's, and the verdict."""
        screen = self.screens[at]
        judged = "".join(
            f'<p class="judged guess-{number}">{escape(self._judge(guess, screen.answer))}</p>'
            for number, guess in enumerate(self.idea.guesses)
        )
        return f'{judged}<p class="verdict">{escape(screen.verdict)}</p>'

    def _judge(self, guess: str, answer: str) -> str:
        words = self.idea.describe_guess(guess, self.text)
        if not answer:
            return self.text("lesson.guessed", guess=words)
        if guess == answer:
            return self.text("lesson.right", guess=words)
        return self.text("lesson.wrong", guess=words, answer=self.idea.describe_guess(answer, self.text))

    def _terms(self) -> str:
        """Return what the terms of the idea mean, and what it rests on, folded."""
        known, papers = glossary(self.text.language), references()
        terms = "".join(_term_html(known[key]) for key in self.idea.terms)
        items = "".join(f"<li>{escape(papers[key].text)}</li>" for key in self.idea.references)
        if not terms and not items:
            return ""
        summary = escape(self.text("handout.terms"))
        papers_html = f'<ul class="references">{items}</ul>' if items else ""
        return f'<details class="terms"><summary>{summary}</summary><dl>{terms}</dl>{papers_html}</details>'


def _term_html(term: Term) -> str:
    source = f" <small>({escape(term.source)})</small>" if term.source else ""
    return f"<dt>{escape(term.name)}</dt><dd>{escape(term.definition)}{source}</dd>"


def make_section(idea: Idea, text: Text, facts_of: FactsOf) -> IdeaSection:
    """Return an idea at the start of its control, and at as many further values as there is room for."""
    facts: dict[str, Facts] = {}
    screens: dict[str, Screen] = {}
    figures: dict[str, str] = {}
    room = IDEA_CHARACTERS
    for at in offered_values(idea.control):
        known = facts_of(idea, at)
        screen = idea.draw(at, known, text)
        figure = draw_parts(screen.parts, text)
        room -= len(figure)
        if figures and room < 0:
            break
        facts[at], screens[at], figures[at] = known, screen, figure
    order = [at for at in idea.control.values if at in figures]
    return IdeaSection(idea, text, facts, {at: screens[at] for at in order}, {at: figures[at] for at in order})


def offered_values(control: ScreenControl) -> list[str]:
    """Return the values of a control that a file can offer, its start first: all names, a few numbers of a slider."""
    values = list(control.values)
    if control.kind == "slider" and len(values) > MOST_VALUES:
        last, start = len(values) - 1, values.index(control.start)
        indices = [round(step * last / (MOST_VALUES - 1)) for step in range(MOST_VALUES)]
        nearest = min(indices, key=lambda index: abs(index - start))
        values = [values[start if index == nearest else index] for index in indices]
    return [control.start, *(value for value in values if value != control.start)]
