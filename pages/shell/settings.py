"""The operator's settings as pages take them: valid, or no page is shown."""

import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from pages.shell.bundled import load_alone

if TYPE_CHECKING:
    from masking.runtime.settings import Settings


def operator_settings() -> "Settings":
    """Return the operator's settings.

    Raises:
        ValueError: their file is broken; one sentence. `frame.begin` shows it in place of every page.
    """
    import masking  # whole and first: two threads that import different parts of it block each other

    del masking
    from masking.runtime.settings import load_settings

    settings = load_settings()
    if refusal := _refusal(_Identity(settings)):
        raise ValueError(refusal)
    return settings


def broken_settings() -> str:
    """Return the sentence that refuses the settings; "" if they are valid.

    Where nothing names settings, the library is not imported for this: the first page is drawn before it.
    """
    if _are_default():
        return ""
    try:
        operator_settings()
    except ValueError as error:
        return str(error)
    return ""


def is_public() -> bool:
    """Return whether people whom the operator does not know may visit; so it is while the settings are broken."""
    if _are_default():
        return False
    try:
        return operator_settings().public
    except ValueError:
        return True


def _are_default() -> bool:
    """Return whether there are no settings to read, and so far no library that could read them."""
    is_imported = "masking.runtime.settings" in sys.modules
    return not is_imported and not load_alone("runtime/settings_path").expects_settings()


class _Identity:
    """Settings as a key: the same object, and not an equal one."""

    def __init__(self, settings: "Settings"):
        self.settings = settings

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.settings is self.settings

    def __hash__(self) -> int:
        return id(self.settings)


@lru_cache(maxsize=4)
def _refusal(key: _Identity) -> str:
    """Return what is wrong with the named data sets; "" if nothing is. It is looked at once for each change."""
    from masking.datasets.sources.named_sets import check_named_sets

    try:
        check_named_sets(key.settings)
    except ValueError as error:
        return str(error)
    return ""
