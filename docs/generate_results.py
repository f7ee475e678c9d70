"""Fill the tables of docs/results.md from the result files.

    python docs/generate_results.py
    python docs/generate_results.py --check

A table stands between `<!-- table NAME -->` and `<!-- end -->`; the text around it is written by hand. `--check` writes
nothing and names the tables that differ from their files. A test does the same.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "studies"))
from tables import (  # noqa: E402
    attributions,
    calibration,
    costs,
    leakage,
    lime,
    networks,
    published_layers,
    published_masks,
    removal,
    variations,
)

PAGE = Path(__file__).with_name("results.md")
MARKED = re.compile(r"(<!-- table ([\w-]+) -->\n\n)(.*?)(\n\n<!-- end -->)", re.DOTALL)

TABLES: dict[str, Callable[[], str]] = {
    "photographs": lambda: removal.photographs("photographs.json"),
    "photographs-lite": lambda: removal.photographs("photographs_lite.json"),
    "patch-removal": removal.patch_removal,
    "shape-leakage": leakage.shape_leakage,
    "joins": leakage.joins,
    "variations": variations.accuracy,
    "variations-leakage": variations.leakage,
    "reliance": calibration.reliance,
    "attribution-masks": attributions.masks,
    "attribution-controls": attributions.controls,
    "attribution-full-width": attributions.full_width,
    "attribution-depths": attributions.depths,
    "student": attributions.student,
    "architectures": networks.architectures,
    "lime-agreement": lime.agreement,
    "lime-held-out": lime.held_out,
    "lime-judges": lime.judges,
    "lime-sampling": lime.sampling,
    "lime-scenes": lime.scenes,
    "cost-layer-masking": costs.layer_masking,
    "cost-lime": costs.lime_speed,
    "cost-attributions": costs.attributions,
    "calibration-scenes": calibration.scenes,
    "calibration-outline": calibration.outline,
    "calibration-photographs": calibration.photographs,
    "calibration-ten-classes": calibration.ten_classes,
    "calibration-lime": calibration.lime,
    "padding-removal": calibration.padding_removal,
    "padding-outline": calibration.padding_outline,
    "padding-lime": calibration.padding_lime,
    "published-removal": published_layers.removal,
    "published-entropy": published_layers.entropy,
    "published-shape-bias": published_layers.shape_bias,
    "published-concordance": published_layers.concordance,
    "published-layers-other": published_layers.others,
    "published-mia": published_masks.mia,
    "published-depths": published_masks.depths,
    "published-biases": published_masks.biases,
    "published-students": published_masks.students,
}


def results_page() -> str:
    """Return the page with every table made anew; raise KeyError for a table that nobody makes."""
    return MARKED.sub(lambda marked: marked[1] + TABLES[marked[2]]() + marked[4], PAGE.read_text("utf-8"))


def outdated() -> list[str]:
    """Return the names of the tables that differ from their files."""
    return [name for _, name, text, _ in MARKED.findall(PAGE.read_text("utf-8")) if TABLES[name]() != text]


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        names = outdated()
        sys.exit(f"differ from their files: {', '.join(names)}; run python docs/generate_results.py" if names else 0)
    PAGE.write_text(results_page(), "utf-8")
