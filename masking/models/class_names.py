"""Short names of classes: how cards and sentences call a class that a network lists with all its synonyms."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from masking.models.categories import split_category


def short_names(categories: Sequence[str]) -> tuple[str, ...]:
    """Return a short name for each class, in order: "giant panda" for "n02510455 giant panda, panda, panda bear".

    This is the first synonym without its WordNet id. Classes that share it keep their whole names.
    """
    return _short_names(tuple(categories))


@lru_cache(maxsize=32)
def _short_names(categories: tuple[str, ...]) -> tuple[str, ...]:
    names = [_first_synonym(category) for category in categories]
    uses = Counter(names)
    return tuple(name if uses[name] == 1 else whole for name, whole in zip(names, categories, strict=True))


def _first_synonym(category: str) -> str:
    wordnet_id, names = split_category(category)
    return names[0] if names else wordnet_id or category
