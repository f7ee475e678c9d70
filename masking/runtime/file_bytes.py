"""The bytes of a file that somebody names: ordinary files only, and never more than a door takes."""

import stat
from pathlib import Path

from masking.runtime.door import InputError, reason_of, show_name
from masking.runtime.paths import expand

MEGABYTE = 2**20
MOST_TEXT = 16 * MEGABYTE
"""The longest text: class names, tables, settings, specifications."""
MOST_PICTURE = 256 * MEGABYTE
"""The largest file of a picture, a mask or a label map: 40 megapixels of 6 bytes, as they are."""
MOST_WEIGHTS = 8 * 1024 * MEGABYTE
"""The largest file of weights."""


def read_file(path: str | Path, what: str, most: int = MOST_PICTURE) -> bytes:
    """Return the bytes of a file; `~` is expanded.

    Args:
        path: an ordinary file; or a pipe below /dev, as shells write the output of a command.
        what: how errors call it, such as "category list"; "" if the path alone does.
        most: the most bytes that are read.

    Raises:
        InputError: it cannot be read, is a folder or a device, or is larger; one sentence.
    """
    name = f"the {what} {show_name(path)}" if what else show_name(path)
    file = expand(path)
    try:
        state = file.stat()
        mode, size = state.st_mode, state.st_size
        is_pipe = stat.S_ISFIFO(mode) and file.is_relative_to("/dev")
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or is_pipe):
            raise InputError(f"{name} cannot be read (it is no ordinary file); copy its content into one")
        if stat.S_ISREG(mode) and size > most:
            raise InputError(f"{name} is larger than {most // MEGABYTE} MB; make it smaller")
        with file.open("rb") as stream:
            data = stream.read(most + 1) if is_pipe else stream.read()  # a known size is allocated once
    except (OSError, MemoryError) as error:
        raise InputError(f"{name} cannot be read ({reason_of(error)}); check the path") from None
    if len(data) > most:
        raise InputError(f"{name} is larger than {most // MEGABYTE} MB; make it smaller")
    return data
