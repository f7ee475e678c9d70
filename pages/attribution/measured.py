"""The films that the page begins with: labels that masks write into photographs that do not show them.

For each photograph, `studies/label_films.py` drew labels at random. The first one here is the label that its masks made
most probable, the other one came next. They are chosen; how many of the drawn labels succeed stands beside them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from masking.models.categories import find_class
from masking.models.classifier import Classifier
from masking.models.packaged_networks import LITE
from masking.runtime.assets import ASSETS

PHOTOGRAPH = "coffee"
"""The photograph that the page begins with, chosen among the two that were measured with this network."""
NAMED = 2
"""Labels that the page needs of a photograph."""
SHARES = ASSETS / "lessons" / "label_films.json"


@dataclass(frozen=True)
class MeasuredFilm:
    """The labels that a page begins with.

    Attributes:
        label: index of the class that the masks are made for, as text.
        other: index of the class of the first test, as text.
        labels: how many labels were drawn at random.
        written: how many of them became the answer at some iteration.
    """

    label: str
    other: str
    labels: int
    written: int

    @property
    def sentence(self) -> str:
        """How the labels were chosen."""
        return (
            f"These labels are chosen: of {self.labels} drawn at random, {self.written} could be written into this "
            f"picture, and these most clearly ({_summary()['command']})."
        )


def measured_film(classifier: Classifier, picture: str) -> MeasuredFilm | None:
    """Return the labels to begin with, for photographs and the network that they begin with; None for all else."""
    rows = (row for row in _summary()["rows"] if (row["network"], row["picture"]) == (LITE, picture))
    row = next(rows, None) if classifier.name == LITE else None
    if row is None or len(row["best"]) < NAMED:
        return None
    label, other = (find_class(name, classifier.categories) for name in row["best"])
    return MeasuredFilm(str(label), str(other), row["labels"], row["written"])


@cache
def _summary() -> Mapping[str, Any]:
    return json.loads(SHARES.read_text("utf-8"))
