"""Masks as text, and shares to hide."""

from hypothesis import strategies as st

from masking import Mask

SHARES = st.floats(0, 1)


def rows(mask: Mask) -> list[str]:
    """Return a mask's rows: `.` is a present pixel, `x` a hidden one."""
    return ["".join(".x"[not kept] for kept in row) for row in mask.keep[0, 0].tolist()]
