"""The result file of a study, written after every step; a later call goes on where it ended."""

import json
import os
import platform
from pathlib import Path
from typing import Any

from masking.results.manifest import manifest


class StudyFile:
    """A JSON file: a manifest, and for each network what was measured, part by part."""

    def __init__(self, path: Path, again: bool = False):
        self.path, self.again = path, again
        self.fresh: set[tuple[str, str]] = set()

    def read(self) -> dict[str, Any]:
        """Return the file's content, empty if there is no file."""
        return json.loads(self.path.read_text("utf-8")) if self.path.exists() else {"networks": {}}

    def part(self, network: str, part: str) -> Any:
        """Return what was measured before, or None; with `again`, only what this call has measured."""
        if self.again and (network, part) not in self.fresh:
            return None
        return self.read()["networks"].get(network, {}).get(part)

    def write(self, network: str, part: str, content: Any, **facts: Any) -> None:
        """Replace one part of one network; facts join the manifest."""
        self.fresh.add((network, part))
        whole = self.read()
        whole["networks"].setdefault(network, {})[part] = content
        before = {
            name: value for name, value in whole.get("manifest", {}).items() if name not in {"schema", "versions"}
        }
        facts = before | {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "threads": 1} | facts
        result = {"manifest": manifest(**facts), "networks": whole["networks"]}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        unfinished.replace(self.path)  # an interruption leaves the last complete file
