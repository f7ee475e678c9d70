"""The glossary on every page: terms are underlined and explained where they stand, and `?` opens all of them."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from streamlit.components import v2

from pages.shell.bundled import ASSETS, load_alone
from pages.shell.citation import papers
from pages.shell.language import frame_text

_WORDS = ("title", "open", "help", "on_page", "search", "close", "none", "count", "source")
_component = v2.component(
    "glossary", js=Path(__file__).with_name("glossary.js").read_text("utf-8"), isolate_styles=False
)


@cache
def glossary_data(language: str) -> dict[str, Any]:
    """Return what the browser needs: the language, its words, and the terms with their spellings."""
    short = {key: paper.short for key, paper in papers().items()}
    terms = load_alone("lessons/glossary").read_glossary(ASSETS, language, short)
    data = {
        "language": language,
        "words": {word: frame_text(f"glossary.{word}", language, **_kept(word)) for word in _WORDS},
        "terms": [
            {
                "key": term.key,
                "name": term.name,
                "definition": term.definition,
                "source": term.source,
                "spellings": term.spellings,
            }
            for term in terms.values()
        ],
    }
    return data | {"digest": hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]}


def _kept(word: str) -> dict[str, str]:
    """Return placeholders that the browser fills in, and not Python."""
    return {name: f"{{{name}}}" for name in (word,)}


def show_glossary(language: str) -> None:
    """Draw the terms on the page and the button of the glossary; watch the page for terms."""
    _component(key="glossary", data=glossary_data(language))
