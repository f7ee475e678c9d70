"""Heads in files: your own, and those that come with the project. Your own come first."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

import platformdirs

from masking.calibration.head import CalibrationHead, classifier_digest
from masking.models.classifier import Classifier
from masking.runtime.assets import ASSETS
from masking.runtime.file_bytes import MEGABYTE, read_file
from masking.runtime.paths import expand, quote_name

VARIABLE = "MASKING_HEADS"
BUNDLED = ASSETS / "heads"
MOST_BYTES = 256 * MEGABYTE
"""The largest file: a matrix of 5,000 classes."""
_State = tuple[int, int, int]
_kept: dict[Path, tuple[_State, CalibrationHead]] = {}


def heads_folder() -> Path:
    """Return the folder of your own heads: MASKING_HEADS, or one in the user's data folder."""
    folder = os.environ.get(VARIABLE)
    return expand(folder) if folder else platformdirs.user_data_path("missingness-explorer") / "heads"


def head_file(network: str, method: str) -> str:
    """Return the name of a head's file: readable, and different for each network (a digest) and method (a word)."""
    short = re.sub(r"[^A-Za-z0-9._=-]+", "_", method)[:60]
    return f"{short}-{hashlib.sha256(f'{network} {method}'.encode()).hexdigest()[:16]}.safetensors"


def find_head(classifier: Classifier, method: str) -> CalibrationHead | None:
    """Return the head for a classifier and a masking method: your own, else the bundled one, else None.

    Args:
        classifier: the classifier whose answers it corrects.
        method: the masking method, as a word such as `layer_masking`.

    Raises:
        ValueError: a file that cannot be read, is damaged, or holds a head that belongs elsewhere; one sentence.
    """
    name = head_file(classifier_digest(classifier), method)
    for path in (heads_folder() / name, BUNDLED / name):
        head = _read(path)
        if head is not None:
            head.check(classifier, method)
            return head
    return None


def require_head(classifier: Classifier, method: str, head: CalibrationHead | None = None) -> CalibrationHead:
    """Return the given head, or the one that `find_head` finds.

    Raises:
        ValueError: there is none, or it belongs elsewhere or is damaged; one sentence.
    """
    if head is not None:
        head.check(classifier, method)
        return head
    stored = find_head(classifier, method)
    if stored is None:
        raise ValueError(
            f"no calibration of {method} has been fitted to {classifier.name}; fit it with `missingness calibrate "
            f"{classifier.name} --of {method}` or on the page"
        )
    return stored


def explain_missing(classifier: Classifier, method: str, head: CalibrationHead | None = None) -> str | None:
    """Return None, or the sentence with which `require_head` refuses."""
    try:
        require_head(classifier, method, head)
    except ValueError as error:
        return str(error)
    return None


def save_head(head: CalibrationHead) -> Path:
    """Write a head to your own folder, in the place of the one before it; return its path.

    Raises:
        ValueError: the file cannot be written; one sentence.
    """
    return write_head(head, heads_folder() / head_file(head.network, head.method))


def write_head(head: CalibrationHead, path: Path) -> Path:
    """Write a head to a file, all of it or nothing; return the path. Raises ValueError where that is impossible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            part = Path(file.name)
            try:
                file.write(head.to_bytes())
                file.close()
                part.replace(path)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(
            f"the calibration cannot be written to {quote_name(path)} ({reason}); free space there, or set {VARIABLE} "
            "to another folder"
        ) from None
    return path


def _read(path: Path) -> CalibrationHead | None:
    """Return the head of a file, None where there is none; a file is read again when it changes."""
    try:
        facts = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"the calibration {quote_name(path)} cannot be read ({error.strerror}); repair it") from None
    state = facts.st_ino, facts.st_mtime_ns, facts.st_size
    kept = _kept.get(path)
    if kept is None or kept[0] != state:
        try:
            head = CalibrationHead.from_bytes(read_file(path, "calibration", MOST_BYTES))
        except ValueError as error:
            raise ValueError(f"{quote_name(path)} cannot be used: {error}; delete it or fit it again") from None
        kept = _kept[path] = state, head
    return kept[1]
