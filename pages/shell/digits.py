"""Small whole numbers in links: a link may hold any text, also thousands of digits."""

MOST_DIGITS = 6


def number_in(text: str) -> int | None:
    """Return the whole number from 0 that a text consists of; None for any other text, and for more than six digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
