"""The door for what comes from outside: a value, or one sentence, whatever a parser raises."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from masking.runtime.paths import quote_name

LONGEST_SHOWN = 160
"""Characters of a name that a sentence shows as it is."""
LONGEST_REASON = 120
LONGEST_SENTENCE = 600
OUT_OF_MEMORY = "it needs more memory than there is"
_SAYS_SO = ("out of memory", "alloc", "bad_alloc")


class InputError(ValueError):
    """An input that cannot be used, in one sentence with the remedy; further doors let it pass as it is."""


@contextmanager
def guard(sentence: str, *others: type[BaseException]) -> Generator[None]:
    """Turn every error of a parser into a sentence; only the call of the parser belongs into the block.

    Args:
        sentence: what is wrong and what to do; `{reason}` in it becomes what the parser says, if it says it briefly.
        others: what is raised beside `Exception`, such as `SystemExit`.

    Raises:
        InputError: the sentence, or the one that a door inside has raised.
    """
    try:
        yield
    except InputError:
        raise
    except (Exception, *others) as error:
        raise InputError(sentence.replace("{reason}", reason_of(error))) from None


def reason_of(error: BaseException) -> str:
    """Return what an error says, in a few words on one line."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, MemoryError):
        return OUT_OF_MEMORY
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error.args[-1] if isinstance(error, KeyError) and error.args else error)
    if any(words in text for words in _SAYS_SO):
        return OUT_OF_MEMORY
    return one_line(text.partition("\n")[0], LONGEST_REASON).rstrip(".") or type(error).__name__


def show_name(name: str | Path) -> str:
    """Return a name or a path for a sentence: as it is, or quoted and shortened if it is long or has odd characters."""
    text = str(name)
    return text if text.isprintable() and len(text) <= LONGEST_SHOWN else quote_name(text, LONGEST_SHOWN)


def one_line(text: str, longest: int = LONGEST_SENTENCE) -> str:
    """Return a text on one line: line ends and control characters escaped, the middle left out if it is too long."""
    line = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    if len(line) <= longest:
        return line
    return f"{line[: 2 * longest // 3]}…{line[1 - longest // 3 :]}"
