"""What people write about a run, within bounds: everybody who looks at the list of runs gets all of it."""

from collections.abc import Mapping
from typing import Any

LONGEST_TITLE, LONGEST_NOTE, LONGEST_TAG = 200, 4_000, 200
"""Characters."""
MOST_TAGS = 100


def check_notes(columns: Mapping[str, Any]) -> None:
    """Check title, tags and note where they are among the columns of a run.

    Raises:
        ValueError: one is too long, or there are too many tags; one sentence.
    """
    for name, longest in (("title", LONGEST_TITLE), ("note", LONGEST_NOTE)):
        length = len(columns.get(name, ""))
        if length > longest:
            raise ValueError(f"the {name} has {length:,} characters; use at most {longest:,}")
    tags = columns.get("tags", ())
    if len(tags) > MOST_TAGS:
        raise ValueError(f"the run would have {len(tags):,} tags; keep at most {MOST_TAGS}")
    for tag in tags:
        if len(tag) > LONGEST_TAG:
            raise ValueError(f"the tag {tag[:20]!r}… has {len(tag):,} characters; use at most {LONGEST_TAG}")
