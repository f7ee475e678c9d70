"""Results as HTML, for notebooks: every text is escaped, every picture is part of the page."""

import base64
import re
from collections.abc import Iterable, Mapping
from html import escape


def html_table(rows: Iterable[Mapping[str, str]], caption: str = "") -> str:
    """Return a table with one column for each key of the first row; columns of numbers are aligned at the right."""
    rows = list(rows)
    sides = {name: _side([row[name] for row in rows]) for name in (rows[0] if rows else ())}
    head = "".join(_cell("th", name, side) for name, side in sides.items())
    lines = ["".join(_cell("td", row[name], side) for name, side in sides.items()) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table>{_caption('caption', caption)}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def html_picture(data: bytes, caption: str, kind: str = "png", width: int | None = None) -> str:
    """Return a picture with its caption, which is also what a screen reader says.

    Args:
        data: the bytes of the picture's file.
        caption: one or more sentences.
        kind: format of the file, png or gif.
        width: in pixels of the screen; default the picture's own.
    """
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    size = f' width="{width}"' if width else ""
    return f'<figure><img src="{source}" alt="{escape(caption)}"{size}>{_caption("figcaption", caption)}</figure>'


def _side(texts: list[str]) -> str:
    """Return where a column's texts stand: at the right if each begins like a number, which "1. Title" does not."""
    return "right" if all(re.match(r"[+−-]?[\d.](?!\d*\. )|$", text) for text in texts) else "left"


def _cell(tag: str, text: str, side: str) -> str:
    return f'<{tag} style="text-align: {side}">{escape(text)}</{tag}>'


def _caption(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text)}</{tag}>" if text else ""
