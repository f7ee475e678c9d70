"""The own networks that this machine's command line has named, so that their runs can be resumed.

The name `module:function` of an own network runs code. A specification may come from somewhere else, so a run imports
only what the settings name, or what stands in this list: `missingness bench run` writes it.
"""

import json
import os
from pathlib import Path

from masking.runtime.run_folder import runs_folder

FILE = "networks.json"


def named_networks() -> dict[str, Path]:
    """Return the own networks that the command line has named, with the folder in which it was called."""
    try:
        entries = json.loads((runs_folder() / FILE).read_text("utf-8"))
        return {str(name): Path(folder) for name, folder in entries.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def remember_network(name: str, folder: Path) -> None:
    """Add an own network to the list, with the folder in which its module is looked for."""
    path = runs_folder() / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = {other: str(where) for other, where in named_networks().items()} | {name: str(folder.resolve())}
    partial = path.with_name(f"{FILE}.{os.getpid()}.partial")
    partial.write_text(json.dumps(entries, indent=1), "utf-8")
    partial.replace(path)
