"""A result as one HTML file that needs nothing else: no other files, no network, every text escaped.

The file forbids the browser to ask anybody for anything, and to run any script but those that the page was given.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from masking.results.html_controls import flip_picture
from masking.results.notebook import html_table
from masking.results.sentences import percent_text

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --rule: #d9dee5; --soft: #f3f5f8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaee; --paper: #14171c; --rule: #4a525f; --soft: #1e232b; } }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --rule: #999; --soft: #fff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 3rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; break-after: avoid; }
.lead { font-size: 1.15rem; max-width: 60rem; margin: 0 0 1rem; }
.figures { display: grid; gap: 1rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); }
.figures.wide { grid-template-columns: repeat(auto-fill, minmax(min(27rem, 100%), 1fr)); }
figure { margin: 0; padding: .75rem; border: 1px solid var(--rule); border-radius: .5rem; break-inside: avoid; }
.figures:not(.wide) figure { max-width: 26rem; }
figure h3 { font-size: 1rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
figure img { display: block; width: 100%; height: auto; image-rendering: pixelated; }
figcaption { margin-top: .5rem; overflow-wrap: anywhere; }
figcaption p { margin: 0 0 .25rem; font-size: .9rem; }
figcaption p.word { font-weight: 650; font-size: 1rem; margin: .5rem 0 0; }
figcaption .answer { font-weight: 650; font-size: 1.05rem; }
figure dl { grid-template-columns: 1fr max-content; gap: 0 .5rem; margin: .4rem 0; font-size: .85rem; }
figure dt { font-weight: 400; } figure dd { text-align: right; font-variant-numeric: tabular-nums; }
.bar { position: relative; display: flex; justify-content: space-between; gap: .5rem; margin: 2px 0; padding: 0 .35rem;
  font-size: .85rem; background: var(--soft); }
.bar i { position: absolute; inset: 0 auto 0 0; background: color-mix(in srgb, var(--ink) 22%, transparent); }
.bar.marked i { background: color-mix(in srgb, #2f6fde 50%, transparent); }
.bar span, .bar b { position: relative; font-weight: 400; } .bar span { overflow-wrap: anywhere; }
.bar b { white-space: nowrap; font-variant-numeric: tabular-nums; }
.bar i, .swatch { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.swatch { display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem; margin-right: .4rem; }
.scroll { overflow-x: auto; }
@media screen and (max-width: 48rem) { .scroll table { min-width: 40rem; } }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .25rem; }
th, td { padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; font-size: .9rem; margin: 0; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
pre { font-size: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; padding: .75rem; border-radius: .5rem;
  background: var(--soft); }
fieldset { border: 1px solid var(--rule); border-radius: .5rem; padding: .3rem .75rem .5rem; margin: .75rem 0; }
fieldset p { margin: 0; }
legend { font-weight: 650; padding: 0 .3rem; }
fieldset label { display: inline-flex; align-items: baseline; gap: .35rem; margin: .1rem 1.1rem .1rem 0; }
:focus-visible { outline: 3px solid #2f6fde; outline-offset: 2px; }
""".strip()


def html_figure(
    title: str,
    data: bytes,
    text: str,
    captions: Sequence[str] = (),
    answer: str = "",
    bars: Sequence[tuple[str, float, bool]] = (),
    facts: Mapping[str, str] | None = None,
    word: str = "",
    colour: str = "",
    kinds: Mapping[str, str] | None = None,
    is_flip: bool = False,
) -> str:
    """Return a picture under its title, and below it what belongs to it; the first line is in bold type.

    Args:
        title: what the figure is of, such as a method.
        data: the bytes of a PNG.
        text: what the picture shows, for screen readers.
        captions: a paragraph each; empty ones are left out.
        answer: the class named.
        bars: names with their shares, 0 … 1, and whether they are highlighted.
        facts: further numbers by name.
        word: what the answer means, in a word, in bold type before the captions.
        colour: #rrggbb of the method, as in all charts.
        kinds: classes of the style sheet for bars, by name.
        is_flip: whether the picture turns into the whole one; see `masking.results.html_controls`.
    """
    swatch = f'<i class="swatch" style="background:{escape(colour)}"></i>' if colour else ""
    first, *others = [line for line in (answer, *([] if answer else captions)) if line] or [""]
    parts = [
        f'<p class="answer">{escape(first)}</p>' if first else "",
        *(_html_bar(*bar, (kinds or {}).get(bar[0], "")) for bar in bars),
    ]
    parts += [_html_facts(facts)] if facts else []
    parts += [f'<p class="word">{escape(word)}</p>'] if word else []
    parts += [f"<p>{escape(caption)}</p>" for caption in (captions if answer else others) if caption]
    image = f'<img src="data:image/png;base64,{base64.b64encode(data).decode()}" alt="{escape(text)}">'
    if is_flip:
        image = flip_picture(image, title)
    return f"<figure><h3>{swatch}{escape(title)}</h3>{image}<figcaption>{''.join(parts)}</figcaption></figure>"


def _html_bar(name: str, share: float, is_highlighted: bool, more: str = "") -> str:
    kind = " ".join(filter(None, ["bar", "marked" if is_highlighted else "", more]))
    length = f'<i style="width:{share:.1%}"></i>'
    return f'<div class="{kind}">{length}<span>{escape(name)}</span><b>{escape(percent_text(share))}</b></div>'


def _html_facts(facts: Mapping[str, str]) -> str:
    pairs = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return f"<dl>{pairs}</dl>"


class HtmlPage:
    """A page that is put together part by part, from top to bottom."""

    def __init__(self, heading: str, lead: str = "", language: str = "en"):
        """Begin a page with its heading and with one or more sentences that say what it shows."""
        self.heading, self.language = heading, language
        self._styles, self._scripts = [STYLE], list[str]()
        self._section, self._tables = heading, 0
        self._parts = [f"<h1>{escape(heading)}</h1>", f'<p class="lead">{escape(lead)}</p>' if lead else ""]

    def add_heading(self, text: str) -> None:
        """Begin a section."""
        self._section = text
        self._parts.append(f"<h2>{escape(text)}</h2>")

    def add_text(self, text: str) -> None:
        """Add a paragraph."""
        self._parts.append(f"<p>{escape(text)}</p>")

    def add_html(self, markup: str) -> None:
        """Add markup as it is: every text in it has been escaped."""
        self._parts.append(markup)

    def add_style(self, style: str) -> None:
        """Add rules to the style sheet."""
        if "</" in style:
            raise ValueError("a style sheet that holds `</` could end its element")
        if style and style not in self._styles:
            self._styles.append(style)

    def add_script(self, script: str) -> None:
        """Add a script; it runs once the page is there, as a module, in the order of the calls."""
        if "</script" in script.lower() or "<!--" in script:
            raise ValueError("a script that holds `</script` or `<!--` could end its element; write `<\\/script`")
        self._scripts.append(script)

    def add_figures(self, figures: Iterable[str], wide: bool = False) -> None:
        """Add figures of `html_figure`, or wide ones such as charts, side by side in as many rows as they need."""
        self._parts.append(f'<div class="figures{" wide" if wide else ""}">{"".join(figures)}</div>')

    def add_table(self, rows: Sequence[Mapping[str, str]], caption: str = "") -> None:
        """Add a table with one column for each key of the first row."""
        self._tables += 1
        name = escape(f"Table {self._tables}: {caption or self._section}")
        table = html_table(rows, caption)
        self._parts.append(f'<div class="scroll" role="region" aria-label="{name}" tabindex="0">{table}</div>')

    def add_code(self, text: str) -> None:
        """Add text as it is typed, such as a command."""
        self._parts.append(f"<pre>{escape(text)}</pre>")

    def add_facts(self, facts: Mapping[str, str]) -> None:
        """Add names with their values."""
        self._parts.append(_html_facts(facts))

    def add_manifest(
        self, manifest: Mapping[str, Any], heading: str = "All that is needed to compute this again"
    ) -> None:
        """Add a manifest as JSON."""
        self.add_heading(heading)
        self._parts.append(f"<pre>{escape(json.dumps(dict(manifest), indent=2, ensure_ascii=False))}</pre>")

    def to_html(self) -> str:
        """Return the whole file."""
        style = "\n".join(self._styles)
        body = "\n".join(part for part in self._parts if part)
        scripts = "".join(f'<script type="module">{script}</script>\n' for script in self._scripts)
        return (
            f'<!doctype html>\n<html lang="{escape(self.language)}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{self._policy()}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.heading)}</title>\n<style>\n{style}\n</style>\n</head>\n<body>\n<main>\n"
            f"{body}\n</main>\n{scripts}</body>\n</html>\n"
        )

    def _policy(self) -> str:
        """Return what the browser may do: show what is in the file, and run these very scripts."""
        digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in self._scripts]
        allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
        scripts = f"; script-src {allowed}" if allowed else ""
        return f"default-src 'none'; img-src data:; style-src 'unsafe-inline'{scripts}"
