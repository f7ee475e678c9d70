"""The type `Exhibit`: one picture under each method, as the first page shows it; nothing heavy is imported for it."""

import base64
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from pages.shell.frame import ASSETS

STORED = ASSETS / "start"
"""The folder of the stored exhibits; `python -m docs.make_start_page` writes it."""

SHARE, SEED, PATCH = 50, 0, 16
"""What the first exhibit hides: percent of the patches, which ones, and their side in pixels."""
PROBABILITY_DIGITS = 4
SHARES = range(0, 91, 10)
"""The hidden shares that the slider offers, in percent."""
MASKS = 16
"""How many random choices of patches each point of the curves counts."""


@dataclass(frozen=True)
class Card:
    """What one method showed the network, and what the network said.

    Attributes:
        title: the method's title.
        says: the class that the network names, by its short name.
        probability: of what is in the whole picture (its class, or the group of it), 0 … 1.
        verdict: as one sentence; none for the whole picture, like what follows.
        word: the verdict in one to three words.
        sign: stands before the word.
        kind: the verdict's kind, for its colour.
        colour: the method's own colour.
        dashes: lengths of the strokes and gaps of the method's lines.
        png: the picture that the network was shown.
    """

    title: str
    says: str
    probability: float
    verdict: str = ""
    word: str = ""
    sign: str = ""
    kind: str = ""
    colour: str = ""
    dashes: tuple[int, ...] = ()
    png: bytes = field(default=b"", repr=False)

    @property
    def source(self) -> str:
        """The picture as a data address."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


@dataclass(frozen=True)
class Exhibit:
    """A picture and its cards, the whole picture first.

    Attributes:
        cards: one for the whole picture, then one for each method.
        sentence: the verdict in words.
        object_name: what is in the whole picture, such as "a cat".
        hidden_share: 0 … 1.
        manifest: all that is needed to compute the exhibit again.
    """

    cards: tuple[Card, ...]
    sentence: str
    object_name: str
    hidden_share: float
    manifest: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)

    def store(self, name: str, command: str) -> None:
        """Write the exhibit to the folder of stored exhibits, with the command that made it."""
        STORED.mkdir(parents=True, exist_ok=True)
        facts: dict[str, Any] = {"command": command, **asdict(self)}
        for number, card in enumerate(facts["cards"]):
            (STORED / f"{name}-{number}.png").write_bytes(card.pop("png"))
        text = json.dumps(facts, indent=1, ensure_ascii=False)
        (STORED / f"{name}.json").write_text(f"{text}\n", "utf-8")


def stored_exhibit(name: str) -> Exhibit:
    """Return an exhibit that was computed when the program was made."""
    facts: dict[str, Any] = json.loads((STORED / f"{name}.json").read_text("utf-8"))
    del facts["command"]
    pictures = [(STORED / f"{name}-{number}.png").read_bytes() for number in range(len(facts["cards"]))]
    for card in facts["cards"]:
        card["dashes"] = tuple(card["dashes"])
    facts["cards"] = tuple(Card(**card, png=png) for card, png in zip(facts["cards"], pictures, strict=True))
    return Exhibit(**facts)
