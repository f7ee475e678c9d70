"""The papers that the program uses, as text and as BibTeX, from `assets/references.toml`.

Only the standard library is imported above: the dashboard reads this file before it imports the library.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = "references.toml"


@dataclass(frozen=True)
class Reference:
    """A paper.

    Attributes:
        key: its name in `assets/references.toml` and in BibTeX.
        authors: as `Family, Given`.
        year: of publication.
        title: as printed.
        venue: the conference, if it appeared at one.
        journal: the journal, if it appeared in one.
        arxiv: its number there, where the project's sources give it.
    """

    key: str
    authors: tuple[str, ...]
    year: int
    title: str
    venue: str = ""
    journal: str = ""
    arxiv: str = ""

    @property
    def short(self) -> str:
        """The paper as a sentence names it: `Jain et al. 2022`."""
        families = [author.partition(",")[0] for author in self.authors]
        if len(families) > 2:
            return f"{families[0]} et al. {self.year}"
        return f"{' & '.join(families)} {self.year}"

    @property
    def text(self) -> str:
        """Authors, year, title and venue in a line."""
        names = [_with_initials(author) for author in self.authors]
        authors = f"{', '.join(names[:-1])} & {names[-1]}" if len(names) > 1 else names[0]
        where = self.venue or self.journal or (f"arXiv {self.arxiv}" if self.arxiv else "")
        return " ".join(filter(None, [f"{authors} ({self.year}).", f"{self.title}.", f"{where}." if where else ""]))

    @property
    def address(self) -> str:
        """Where the paper can be read; empty where the project's sources do not say."""
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else ""

    @property
    def bibtex(self) -> str:
        """The entry for BibTeX."""
        kind = "inproceedings" if self.venue else "article" if self.journal else "misc"
        fields = {
            "author": " and ".join(self.authors),
            "title": f"{{{self.title}}}",  # braces within keep the capitals
            "booktitle": self.venue,
            "journal": self.journal,
            "year": str(self.year),
            "eprint": self.arxiv,
            "archivePrefix": "arXiv" if self.arxiv else "",
        }
        return bibtex_entry(kind, self.key, fields)


def bibtex_entry(kind: str, key: str, fields: dict[str, str]) -> str:
    """Return an entry for BibTeX; fields without a value are left out."""
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def _with_initials(author: str) -> str:
    """Return `Jain, Saachi` as `Jain, S.`; a hyphen stays: `Lee, J.-H.`."""
    family, _, given = author.partition(", ")
    initials = ["-".join(f"{part[0]}." for part in name.split("-")) for name in given.split()]
    return f"{family}, {' '.join(initials)}" if initials else family


def read_references(assets: Path) -> dict[str, Reference]:
    """Return the papers of the folder of bundled files by their keys, the most important first."""
    table = tomllib.loads((assets / FILE).read_text("utf-8"))
    return {key: _reference(key, fields) for key, fields in table.items()}


def _reference(key: str, fields: dict[str, Any]) -> Reference:
    return Reference(key, tuple(fields["authors"]), **{name: fields[name] for name in fields if name != "authors"})


@cache
def references() -> dict[str, Reference]:
    """Return the papers by their keys, the most important first."""
    from masking.runtime.assets import ASSETS

    return read_references(ASSETS)
