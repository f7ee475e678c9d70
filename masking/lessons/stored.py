"""Facts that were computed when the program was made, with the command that computes them again."""

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from masking.lessons.idea import Facts, Idea
from masking.results.manifest import manifest
from masking.runtime.assets import ASSETS

STORED = ASSETS / "lessons" / "stored"
TOLERANCE = 0.002
"""Numbers that differ by less are equal: processors add up in different orders."""
DIGITS = 5


def command_of(idea: Idea) -> str:
    """Return the command that computes an idea's stored facts again."""
    return f"python docs/make_lesson.py facts {idea.name}"


def stored_facts(idea: Idea, at: str) -> Facts:
    """Return the stored facts for a value of an idea's control.

    Raises:
        KeyError: nothing is stored for it.
    """
    facts = _stored(idea.name)["facts"]
    key = idea.computed_for(at)
    if key not in facts:
        raise KeyError(f"no facts are stored for {idea.name} at {key}; run `{command_of(idea)}`")
    return facts[key]


def stored_manifest(idea: Idea) -> Mapping[str, Any]:
    """Return what the stored facts of an idea were computed with; empty where nothing is stored."""
    return _stored(idea.name).get("manifest", {})


def store(idea: Idea) -> Path:
    """Compute the facts for every value of an idea's control and write them to the folder of stored facts."""
    keys = dict.fromkeys(idea.computed_for(at) for at in idea.control.values)
    facts = {key: _rounded(dict(idea.compute(key, lambda _: None))) for key in keys}
    content = {"command": command_of(idea), "manifest": manifest(), "facts": facts}
    STORED.mkdir(parents=True, exist_ok=True)
    file = STORED / f"{idea.name}.json"
    file.write_text(f"{json.dumps(content, ensure_ascii=False, indent=None, separators=(',', ':'))}\n", "utf-8")
    _stored.cache_clear()
    return file


def difference(stored: Any, computed: Any, path: str = "") -> str:
    """Return where two facts differ, in words; empty where they are equal up to `TOLERANCE`."""
    if isinstance(stored, Mapping) and isinstance(computed, Mapping):
        if stored.keys() != computed.keys():
            return f"{path or 'the facts'} have other entries"
        return next((other for key in stored if (other := difference(stored[key], computed[key], f"{path} {key}"))), "")
    if _is_list(stored) and _is_list(computed):
        if len(stored) != len(computed):
            return f"{path.strip()} has {len(stored)} entries, and {len(computed)} here"
        pairs = enumerate(zip(stored, computed, strict=True))
        return next((other for i, (a, b) in pairs if (other := difference(a, b, f"{path} {i}"))), "")
    if (
        isinstance(stored, int | float)
        and isinstance(computed, int | float)
        and float in {type(stored), type(computed)}
    ):
        is_equal = math.isclose(stored, computed, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    elif _is_picture(stored) and _is_picture(computed):
        is_equal = True  # drawn from values that are compared beside it; one pixel may be rounded the other way
    else:
        is_equal = stored == computed
    return "" if is_equal else f"{path.strip()} is {stored} as stored, and {computed} here"


def _is_picture(value: object) -> bool:
    return isinstance(value, str) and value.startswith("data:image/")


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


@cache
def _stored(name: str) -> Mapping[str, Any]:
    file = STORED / f"{name}.json"
    return json.loads(file.read_text("utf-8")) if file.is_file() else {"facts": {}}


def _rounded(value: Any) -> Any:
    """Return facts with numbers of a few digits: a file that people can read, and that is small."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, Mapping):
        return {str(key): _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if _is_list(value) else value
