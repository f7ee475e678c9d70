"""What each page is for, and the sentence to keep of it: on Start's doors, at a page's head and at its end."""

import ast
import html
from pathlib import Path

PURPOSES = {
    "Compare": "Which answer is the picture's, and which is the paint's? Draw a hole and see.",
    "Layers": "Where in the network does the paint do harm? Follow it layer by layer.",
    "Shape leakage": "How much does the outline of a hole give away about the hidden object?",
    "LIME": "Same network, same picture: how the way of hiding changes the explanation.",
    "Attribution masks": "Does a mask find the object, or does it write the label?",
    "Benchmarks": "Does it hold for many pictures? Measure it, with intervals.",
}
"""By the page's label in the menu. A page that is not named here says it in the first line of its file."""

LESSONS = {
    "Compare": "No paint is “nothing”. What a part seems to be worth depends on how it is hidden.",
    "Layers": "Paint is carried into every layer. Layer masking lets every layer compute from visible cells only.",
    "Shape leakage": "An answer that names a hidden object was read from the hole: a leak, not a success.",
    "LIME": "The way of hiding is part of the explanation. Held-out R² says how far to trust it.",
    "Attribution masks": "A mask that can be made to say anything proves nothing. Look at the controls first.",
    "Benchmarks": "No method is best everywhere. Look for leaks, for held-out fit, and for methods that agree.",
}
"""What to keep of a page."""


def purpose(label: str, script: Path) -> str:
    """Return what a page is for: its sentence here, or the first line of its file without the page's name."""
    if label in PURPOSES:
        return PURPOSES[label]
    first = (ast.get_docstring(ast.parse(script.read_text("utf-8"))) or "").partition("\n")[0]
    text = first.partition(": ")[2] or first
    return text[:1].upper() + text[1:]


def head_html(label: str, script: Path) -> str:
    """Return a page's heading and its purpose, in one line where there is room.

    A heading that only screen readers know stands between these and the smaller headings of cards.
    """
    return (
        f"<div class='mx-purpose'><h1>{html.escape(label)}</h1><p>{html.escape(purpose(label, script))}</p></div>"
        "<h2 class='mx-unseen'>Choices and answers</h2>"
    )


def lesson_html(label: str) -> str:
    """Return the sentence to keep of a page; nothing where there is none."""
    return f"<p class='mx-keep'>{html.escape(LESSONS[label])}</p>" if label in LESSONS else ""
