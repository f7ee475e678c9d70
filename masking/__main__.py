"""The command line twin of the dashboard: `missingness --help`, or `python -m masking --help`."""

import importlib
import pkgutil
import sqlite3
import sys
import warnings

from masking import commands
from masking.commands.app import PROGRAM, app
from masking.runtime.door import one_line, reason_of

BAD_INPUT = 2

for _module in pkgutil.iter_modules(commands.__path__):
    importlib.import_module(f"{commands.__name__}.{_module.name}")  # each file registers its command


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit code 2, and a warning is one sentence too."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            app()
    except OSError as error:
        _refuse(f"{error.filename or 'a file'} cannot be used ({error.strerror or error})")
    except sqlite3.DatabaseError as error:
        _refuse(f"the store of runs cannot be used ({error}); move it away, or choose another with MASKING_RUNS")
    except (ValueError, KeyError) as error:
        _refuse(str(error.args[-1] if error.args else error))
    except (MemoryError, RecursionError, OverflowError) as error:
        _refuse(f"this cannot be computed ({reason_of(error)}); choose something smaller")


def _show_warning(message: Warning | str, *_: object) -> None:
    sys.stderr.write(f"{PROGRAM}: {one_line(str(message))}\n")


def _refuse(sentence: str) -> None:
    sys.stderr.write(f"{PROGRAM}: {one_line(sentence)}\n")
    sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
