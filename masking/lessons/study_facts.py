"""What studies have measured and the lesson quotes: a few numbers of their result files, copied by a command.

    python docs/make_lesson.py studies

copies them from studies/results to `assets/lessons/studies.json`, with the commands that measure them.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from masking.runtime.assets import ASSETS

FILE = ASSETS / "lessons" / "studies.json"
HALF = 0.5
"""The share of patches hidden that the lesson quotes."""
CALIBRATED = "calibrated:of="
PATCHES, HOLE = ("class_entropy_bits", "accuracy"), ("bits", "readable_bits", "reliance_error")
"""What is quoted of each method: with half of the patches hidden, and with the exact object hidden."""
Row = Mapping[str, Any]


@cache
def study_facts() -> Mapping[str, Any]:
    """Return the numbers; `calibration` by network, and `padding` of one network of photographs."""
    return json.loads(FILE.read_text("utf-8"))


def copy_calibration(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the lesson quotes of the result file of studies/calibration.py, by network of drawn scenes."""
    networks = {name: parts for name, parts in result["networks"].items() if "outline" in parts}
    return {name: _pairs(parts) for name, parts in networks.items()}


def copy_padding(result: Mapping[str, Any], networks: Sequence[str]) -> dict[str, Any]:
    """Return what the lesson quotes of the result file of studies/padding.py: photographs, the first measured network.

    Raises:
        ValueError: none of these networks has been measured.
    """
    network = next((name for name in networks if "removal" in result["networks"].get(name, {})), "")
    if not network:
        raise ValueError(
            f"studies/results/padding.json has none of {', '.join(networks)}; run studies/padding.py first"
        )
    rows = _half(result["networks"][network]["removal"]["rows"])
    fill, layers = rows["neighbour_fill"], rows["layer_masking"]
    return {
        "network": network.partition(" ")[0],
        "pictures": fill["pictures"],
        "neighbour_fill": fill["accuracy"],
        "layer_masking": layers["accuracy"],
        "more": fill["more_accuracy"],
    }


def _pairs(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return for each method what was measured without calibration, with it, and how much more that is."""
    half, outline = _half(parts["removal"]["rows"]), {row["method"]: row for row in parts["outline"]["rows"]}
    rows = {**dict.fromkeys(PATCHES, half), **dict.fromkeys(HOLE, outline)}
    methods = {
        name: {
            measure: {
                "plain": table[name][measure],
                "calibrated": table[CALIBRATED + name][measure],
                "more": table[CALIBRATED + name][f"more_{measure}"],
            }
            for measure, table in rows.items()
        }
        for name in half
        if CALIBRATED + name in half
    }
    first, hole = next(iter(half.values())), next(iter(outline.values()))
    counts = {"pictures": first["pictures"], "scenes": hole["scenes"], "right_answer": hole["right_answer"]}
    return {**counts, "methods": methods}


def _half(rows: Sequence[Row]) -> dict[str, Row]:
    return {row["method"]: row for row in rows if row["hidden"] == HALF}
