"""Which architectures layer masking runs."""

from typing import Any

from .cells import load, percent, table

TITLES = {
    ("timm", False): "timm {timm}, without attention between cells",
    ("HuggingFace", False): "HuggingFace (transformers {transformers}), without attention between cells",
    ("timm", True): "timm, with attention between cells",
    ("HuggingFace", True): "HuggingFace, with attention between cells",
}


def architectures() -> str:
    """Return how many networks run, and the largest difference from the dense definitions."""
    content = load("architectures.json")
    lines = []
    for (library, attention), title in TITLES.items():
        rows = [row for row in content["rows"] if (row["library"], row["attention"]) == (library, attention)]
        running = [row for row in rows if row["supported"]]
        versions = {name: content["manifest"][name] for name in ("timm", "transformers")}
        lines.append([title.format(**versions), supported(running, rows), furthest(running)])
    return table(["networks", "layer masking runs", "largest difference from the definitions"], lines)


def supported(running: list[dict[str, Any]], rows: list[dict[str, Any]]) -> str:
    """Return how many of the networks run; a single one is named."""
    text = f"{len(running)} of {len(rows)}"
    if len(running) == 1:
        return f"{text} ({running[0]['name']})"
    return f"{text} ({percent(len(running) / len(rows))})" if 0 < len(running) < len(rows) else text


def furthest(running: list[dict[str, Any]]) -> str:
    """Return the largest difference, in standard deviations of the logits."""
    differences = [row["difference"] for row in running if row["difference"] is not None]
    return f"{max(differences):.1e}".replace("e-0", "e-") if differences else ""
