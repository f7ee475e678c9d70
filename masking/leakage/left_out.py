"""Scenes that a measurement leaves out: which, and why."""

from collections.abc import Mapping, Sequence

NO_OBJECT = "show no object"
NO_BACKGROUND = "show nothing but the object"
NAMED = 3
"""So many are named."""


def describe_left_out(left_out: Mapping[str, Sequence[str]]) -> str:
    """Return which scenes are left out, e.g. `2 scenes show no object (cat/1.png, dog/7.png)`; empty for none.

    Args:
        left_out: the names of the scenes by the reason, `NO_OBJECT` or `NO_BACKGROUND`.
    """
    parts = []
    for reason, names in left_out.items():
        if names:
            first = ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
            scenes = "scene" if len(names) == 1 else "scenes"
            verb = reason.replace("show", "shows", 1) if len(names) == 1 else reason
            parts.append(f"{len(names)} {scenes} {verb} ({first})")
    return " and ".join(parts)
