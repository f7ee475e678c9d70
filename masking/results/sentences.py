"""Results in plain sentences."""

from collections.abc import Mapping

NOTHING_LEFT = "Nothing is left for the network to see: any picture would get this answer."
"""What stands beside an answer to a picture that a method has hidden completely."""


def join_names(names: list[str]) -> str:
    """Join names for a sentence: `a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def comparison_sentence(original: str, predicted: Mapping[str, str]) -> str:
    """Return, in one or two sentences, which methods still say the original class and what the others say.

    Args:
        original: the class predicted for the whole picture.
        predicted: method title → class predicted under it.
    """
    if not predicted:
        return f"The network says “{original}” to the whole picture; choose a masking method to compare."
    titles: dict[str, list[str]] = {}
    for title, category in predicted.items():
        titles.setdefault(category, []).append(title)
    kept = titles.pop(original, [])
    if not titles:
        return _capital(f"{'every method' if len(kept) > 1 else kept[0]} still says “{original}”.")
    others = join_names([f"{join_names(names)} {_says(names)} “{category}”" for category, names in titles.items()])
    if kept:
        still = f"{join_names(kept)} still {_says(kept)} “{original}”"
        return f"{_capital(still)}. {_capital(others)}."
    if len(predicted) == 1:
        return _capital(f"{others} instead of “{original}”.")
    return f"No method says “{original}” any more: {others}."


def _says(names: list[str]) -> str:
    return "says" if len(names) == 1 else "say"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
