"""Files to write, checked before the computation that fills them."""

import os
from collections.abc import Collection
from pathlib import Path


def check_output(path: Path, endings: Collection[str] = ()) -> None:
    """Check that a file can be written; nothing is written yet.

    Args:
        path: the file; one that exists is replaced.
        endings: the endings that it may have, such as ".png"; empty for any. Capital letters do not matter.

    Raises:
        ValueError: another ending, no such folder, a folder of that name, or no right to write; one sentence.
    """
    if endings and path.suffix.lower() not in endings:
        raise ValueError(f"{path.name} ends with none of {', '.join(endings)}; choose one of these")
    folder = path.absolute().parent
    try:
        if not folder.is_dir():
            raise ValueError(f"there is no folder {path.parent} to write {path.name} to; make it first")
        if path.is_dir():
            raise ValueError(f"{path} is a folder; give the name of a file")
        if not os.access(path if path.exists() else folder, os.W_OK):
            raise ValueError(f"{path} cannot be written (permission denied); choose another place")
        path.stat()
    except FileNotFoundError:
        return
    except (OSError, RuntimeError) as error:  # Python before 3.13 reports a loop of links in its own way
        reason = error.strerror if isinstance(error, OSError) else error
        raise ValueError(f"{path.name[:40]} cannot be written ({reason}); choose another name") from None
