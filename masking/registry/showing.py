"""Values from outside in sentences: on one line, and short."""

LONGEST = 80


def show_value(value: object, longest: int = LONGEST) -> str:
    """Return a value as Python writes it, with its middle left out if it is long."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to write them
        return "a number of very many digits"
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[1 - longest // 2 :]}"
