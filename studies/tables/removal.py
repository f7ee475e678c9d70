"""Accuracy on photographs with a part missing: one mask each, and step by step."""

from masking.measures import rate

from .cells import bold, in_order, interval, label, load, number, percent, points, table

STEPS = (0.1, 0.3, 0.5, 0.7, 0.9)


def photographs(file: str) -> str:
    """Return accuracy at three shares and class entropy at one half, by method."""
    rows = {(row["hidden"], row["method"]): row for row in load(file)["rows"]}
    lines = []
    for method in in_order({method for _, method in rows}):
        accuracies = [percent(rows[share, method]["accuracy"]) for share in (0.25, 0.5, 0.75)]
        if method == "layer_masking":
            accuracies[1] = bold(accuracies[1])
        bits = f"{number(rows[0.5, method]['class_entropy_bits'], 2)} bits"
        lines.append([label(method), *accuracies, bits])
    header = ["method", "accuracy, 25 % hidden", "**50 % hidden**", "75 % hidden", "class entropy at 50 %"]
    return table(header, lines)


def photographs_plain(file: str) -> str:
    """Return the sentence about whole photographs."""
    plain = {(row["accuracy"], row["class_entropy_bits"]) for row in load(file)["rows"] if row["hidden"] == 0}
    ((accuracy, bits),) = plain
    return f"With nothing hidden, accuracy is {percent(accuracy)} and class entropy {number(bits, 2)} bits."


def patch_removal_accuracy() -> dict[tuple[str, float], tuple[int, int]]:
    """Return right answers and pictures of the run of patch removal, by method and share."""
    columns = load("patch_removal.json.gz")["columns"]
    counts: dict[tuple[str, float], tuple[int, int]] = {}
    for method, share, right in zip(columns["method"], columns["share"], columns["right"], strict=True):
        before = counts.get((method, share), (0, 0))
        counts[method, share] = before[0] + right, before[1] + 1
    return counts


def patch_removal() -> str:
    """Return accuracy in percent by method, with the interval at one half."""
    counts = patch_removal_accuracy()
    lines = []
    for method in in_order({method for method, _ in counts}):
        cells = []
        for share in STEPS:
            estimate = rate(*counts[method, share])
            if share == 0.5:
                text = interval((estimate.value, estimate.low, estimate.high), 1, 100)
                value, rest = text.split(" ", 1)
                cells.append(f"{bold(value)} {rest}" if method == "layer_masking" else text)
            else:
                cells.append(points(estimate.value))
        lines.append([label(method), *cells])
    shown = [f"{100 * share:.0f} %" for share in STEPS]
    return table(["accuracy (%) with patches removed", *(bold(s) if s == "50 %" else s for s in shown)], lines)
