"""Make the stored facts of the lesson in assets/lessons/stored.

    python docs/make_lesson.py facts            all ideas
    python docs/make_lesson.py facts hiding     one of them
    python docs/make_lesson.py studies          first copies what the lesson quotes of studies/results

A test computes the facts again and compares them.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from masking.lessons import IDEAS, all_ideas
from masking.lessons.stored import store
from masking.lessons.study_facts import FILE, copy_calibration, copy_padding

RESULTS = Path(__file__).parents[1] / "studies" / "results"
PHOTOGRAPHS = ("imagenet/efficientnet-lite0", "squeezenet1_1 (squeezenet1_1.pth)")
"""Networks of photographs; the first one that has been measured is quoted."""
COMMANDS = {
    "calibration": "python -m studies.calibration scenes --out studies/results/calibration.json",
    "padding": "python -m studies.padding DATA --out studies/results/padding.json",
}


def read_studies() -> dict[str, Any]:
    """Return what the lesson quotes of the result files, with the commands that measure it."""
    calibration, padding = (json.loads((RESULTS / f"{name}.json").read_text("utf-8")) for name in COMMANDS)
    return {
        "commands": COMMANDS,
        "calibration": copy_calibration(calibration),
        "padding": copy_padding(padding, PHOTOGRAPHS),
    }


def main() -> None:
    """Store the facts of the named ideas, or of all; or what studies have measured."""
    parser = argparse.ArgumentParser(description="Make the stored facts of the lesson.")
    parser.add_argument("what", choices=["facts", "studies"])
    parser.add_argument("names", nargs="*", help="which ideas; all by default")
    options = parser.parse_args()
    if options.what == "studies":
        FILE.write_text(f"{json.dumps(read_studies(), indent=1)}\n", "utf-8")
        print(FILE)
        return
    for name in options.names or [idea.name for idea in all_ideas()]:
        print(store(IDEAS[name]))


if __name__ == "__main__":
    main()
