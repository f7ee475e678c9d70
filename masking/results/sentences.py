"""Results in plain sentences."""

from collections.abc import Mapping


def join_names(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def comparison_sentence(original: str, predicted: Mapping[str, str]) -> str:
    """Which methods kept the original class and where the others moved the model, in one sentence.

    Args:
        original: the class predicted for the whole image.
        predicted: method title → class predicted under it.
    """
    if not predicted:
        return f"The whole image is read as {original}; choose a masking method to compare."
    kept = [title for title, category in predicted.items() if category == original]
    moved: dict[str, list[str]] = {}
    for title, category in predicted.items():
        if category != original:
            moved.setdefault(category, []).append(title)
    if not moved:
        text = f"{'every method' if len(kept) > 1 else kept[0]} kept {original}"
        return text[0].upper() + text[1:] + "."
    parts = [f"{join_names(titles)} moved the model to {category}" for category, titles in moved.items()]
    if kept:
        parts.append(f"{join_names(kept)} kept {original}")
    elif len(predicted) > 1:
        parts.append(f"no method kept {original}")
    text = "; ".join(parts)
    return text[0].upper() + text[1:] + "."
