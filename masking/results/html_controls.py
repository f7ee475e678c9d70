"""Controls of an HTML page that work without a script: its style sheet answers what is chosen.

Keyboard and touch reach them too, and where a browser is too old for them everything stays readable.
"""

from collections.abc import Mapping, Sequence
from html import escape

WHOLE_PICTURE = "Show the whole picture"

FLIP_STYLE = """
.flip { position: relative; display: block; cursor: pointer; }
.flip input { position: absolute; opacity: 0; inset: 0; width: 100%; height: 100%; margin: 0; z-index: 1;
  cursor: pointer; }
.flip .whole { position: absolute; inset: 0; opacity: 0; background: var(--whole) 0 0 / 100% 100%;
  image-rendering: pixelated; transition: opacity .15s; }
.flip .whole::after { content: attr(data-name); position: absolute; inset: auto 0 0 0; padding: .1rem .4rem;
  font-size: .8rem; color: #fff; background: #1b1f24cc; }
.flip input:checked ~ .whole, main:has(#all-whole:checked) .flip .whole { opacity: 1; }
@media (hover: hover) { .flip:hover .whole { opacity: 1; } }
.flip:focus-within { outline: 3px solid #2f6fde; outline-offset: 2px; }
@media (prefers-reduced-motion: reduce) { .flip .whole { transition: none; } }
@media print { fieldset.choices { display: none; } .flip .whole { opacity: 0 !important; } }
""".strip()

FOLLOW_STYLE = """
.bar.more { display: none; }
""".strip()


def flip_picture(image: str, title: str, name: str = WHOLE_PICTURE) -> str:
    """Return a picture that turns into the whole one under the pointer, and at a tap or the space bar until the next.

    Args:
        image: an `<img>`.
        title: what the picture is of.
        name: what the control does.
    """
    label = escape(f"{name}: {title}")
    return (
        f'<div class="flip">{image}<input type="checkbox" aria-label="{label}">'
        '<span class="whole" data-name="Whole picture" aria-hidden="true"></span></div>'
    )


def flip_style(picture: str) -> str:
    """Return the rules of `flip_picture` for a page; the whole picture, as base64 of a PNG, is in the file once."""
    return f":root {{ --whole: url(data:image/png;base64,{picture}); }}\n{FLIP_STYLE}"


def flip_all(name: str = "Show the whole picture everywhere") -> str:
    """Return the control that turns all pictures of a page at once."""
    return f'<label><input type="checkbox" id="all-whole"> {escape(name)}</label>'


def follow_kinds(names: Sequence[str], others: Sequence[str]) -> dict[str, str]:
    """Return the classes of the style sheet for a figure's bars, by name; `others` are shown when followed only."""
    return {name: f"class-{number}{' more' if name in others else ''}" for number, name in enumerate(names)}


def follow_control(names: Sequence[str], legend: str, nothing: str) -> str:
    """Return the choice of a name whose bars the page then shows in every figure."""
    choices = {"none": nothing} | {str(number): name for number, name in enumerate(names)}
    return radio_group("follow", legend, choices, "none")


def follow_style(names: Sequence[str]) -> str:
    """Return the rules of `follow_control`."""
    rules = [
        f"main:has(#follow-{number}:checked) .bar.class-{number} "
        "{ display: flex; outline: 2px solid currentColor; outline-offset: -1px; }"
        for number in range(len(names))
    ]
    return "\n".join([FOLLOW_STYLE, *rules])


def radio_group(name: str, legend: str, choices: Mapping[str, str], checked: str | None = None, kind: str = "") -> str:
    """Return a choice of one: each has the id `NAME-VALUE`.

    Args:
        name: of the group, unique on the page.
        legend: what is chosen.
        choices: labels by value.
        checked: the value chosen first; None for none.
        kind: a class of the style sheet.
    """
    items = "".join(
        f'<label><input type="radio" name="{escape(name)}" id="{escape(f"{name}-{value}")}" value="{escape(value)}"'
        f"{' checked' if value == checked else ''}> {escape(label)}</label>"
        for value, label in choices.items()
    )
    kinds = " ".join(filter(None, ["choices", kind]))
    return f'<fieldset class="{kinds}"><legend>{escape(legend)}</legend>{items}</fieldset>'
