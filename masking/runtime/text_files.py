"""Text files that people write: UTF-8, with or without a byte order mark."""

from pathlib import Path

from masking.runtime.paths import expand

BYTE_ORDER_MARK = "\ufeff"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_text(path: str | Path, what: str) -> str:
    """Return the text of a file, without byte order marks.

    Args:
        path: the file; `~` is expanded.
        what: how errors call it, such as "category list".

    Raises:
        ValueError: the file cannot be read, or is not UTF-8 text; one sentence.
    """
    try:
        data = expand(path).read_bytes()
    except OSError as error:
        raise ValueError(f"the {what} {path} cannot be read ({error.strerror or error}); check the path") from None
    return decode_text(data, f"the {what} {path}")


def decode_text(data: bytes, name: str) -> str:
    """Return UTF-8 text without byte order marks; Excel and Windows editors write one, and joined files hold several.

    Raises:
        ValueError: the bytes are no UTF-8 text, in a sentence that begins with `name`.
    """
    if data.startswith(_UTF_16) or b"\0" in data:
        raise ValueError(f"{name} is not UTF-8 text but UTF-16 or none at all; save it as UTF-8")
    try:
        return data.decode("utf-8").replace(BYTE_ORDER_MARK, "")
    except UnicodeDecodeError:
        raise ValueError(f"{name} is not UTF-8 text; save it as UTF-8") from None
