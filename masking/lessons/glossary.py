"""The glossary: what the terms of this program mean, from `assets/glossary.toml`.

Only the standard library is imported above: the dashboard reads this file before it imports the library.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = "glossary.toml"
ENGLISH = "en"


@dataclass(frozen=True)
class Term:
    """A term in one language.

    Attributes:
        key: its name in `assets/glossary.toml`.
        name: as the glossary lists it.
        definition: its meaning in one sentence.
        source: where the definition comes from, in words.
        reference: the paper that it comes from, by its key; empty where it is no paper.
        spellings: how texts write it. One that begins with a small letter is also found with a capital.
    """

    key: str
    name: str
    definition: str
    source: str
    reference: str
    spellings: tuple[str, ...]


def read_glossary(assets: Path, language: str, papers: Mapping[str, str]) -> dict[str, Term]:
    """Return the terms of the folder of bundled files by their keys, in the order of their names.

    Args:
        assets: the folder.
        language: that of the names and the definitions; what it lacks is shown in English.
        papers: short names of the references by their keys.

    Raises:
        KeyError: a term's source is neither a reference nor a kind of source that the file describes.
    """
    table = tomllib.loads((assets / FILE).read_text("utf-8"))
    sources = table.pop("sources")
    terms = [_term(key, entry, language, sources, papers) for key, entry in table.items()]
    return {term.key: term for term in sorted(terms, key=lambda term: term.name.casefold())}


def _term(
    key: str, entry: Mapping[str, Any], language: str, sources: Mapping[str, Any], papers: Mapping[str, str]
) -> Term:
    words, source = entry.get(language) or entry[ENGLISH], entry["source"]
    if source not in papers and source not in sources:
        raise KeyError(f"the source {source!r} of the term {key!r} is neither a reference nor a kind of source")
    named = papers[source] if source in papers else sources[source].get(language) or sources[source][ENGLISH]
    reference = source if source in papers else ""
    return Term(key, words["name"], words["definition"], named, reference, tuple(words["spellings"]))


@cache
def glossary(language: str = ENGLISH) -> dict[str, Term]:
    """Return the terms by their keys, in the order of their names in that language."""
    from masking.lessons.references import references
    from masking.runtime.assets import ASSETS

    return read_glossary(ASSETS, language, {key: paper.short for key, paper in references().items()})
