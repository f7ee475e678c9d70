"""Listings of the pictures of runs, beside the store: they tell in words how a data set has changed."""

import gzip
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from masking.datasets.sources.listing import Listing

FACT = "listing"
"""The key of a run's environment that has the digest of its pictures' listing, and their number."""
FOLDER = "listings"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def keep_listing(folder: Path, listing: Listing) -> None:
    """Keep a listing in the folder of a store, named by its digest; a full disk only costs the words of an error."""
    path = _path_of(folder, listing.digest)
    with suppress(OSError):
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            partial = path.with_suffix(".partial")
            partial.write_bytes(gzip.compress("\n".join(listing.lines).encode("utf-8", "surrogateescape"), mtime=0))
            partial.replace(path)


def describe_change(before: Mapping[str, Any], after: Mapping[str, Any], folder: Path | None = None) -> str:
    """Return in words how the pictures of two environments differ; "" if they do not, or if one does not say.

    Args:
        before: the environment of a run.
        after: that of a later one.
        folder: of the store, which may have their listings; without them, only the numbers of pictures are given.
    """
    old, new = _facts_of(before), _facts_of(after)
    if old is None or new is None or old["digest"] == new["digest"]:
        return ""
    kept = [_kept_listing(folder, facts["digest"]) for facts in (old, new)] if folder is not None else []
    if kept and kept[0] is not None and kept[1] is not None:
        return f"first difference: {kept[0].first_difference(kept[1])}"
    if old["pictures"] != new["pictures"]:
        return f"there were {old['pictures']}, now there are {new['pictures']}"
    return "names, sizes or labels differ"


def _facts_of(environment: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return digest and number of the pictures of an environment; None where it has none, as those of older runs."""
    facts = environment.get(FACT)
    return facts if isinstance(facts, dict) and {"digest", "pictures"} <= set(facts) else None


def _kept_listing(folder: Path, digest: str) -> Listing | None:
    if not _DIGEST.fullmatch(str(digest)):  # an imported run says it, and it becomes a file's name
        return None
    try:
        text = gzip.decompress(_path_of(folder, digest).read_bytes()).decode("utf-8", "surrogateescape")
    except (OSError, EOFError, ValueError):
        return None
    return Listing(tuple(text.split("\n")))


def _path_of(folder: Path, digest: str) -> Path:
    return folder / FOLDER / f"{digest}.txt.gz"
