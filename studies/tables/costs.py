"""Time as a multiple of a plain forward pass."""

from typing import Any

from .cells import load, number, table

FOLDER = "benchmarks"
BATCHES = (1, 8, 32)
ONE_BACKWARD_PASS = ("gradient", "gxi", "gxsi", "pgxi", "pgxi_code", "guided_backpropagation")
MASK, GRADIENTS, DEEPLIFT = "gxsi mask, 10 iterations", "integrated_gradients", "deeplift"


def layer_masking() -> str:
    """Return the ratios of a mask seen before and of a new mask, by network and batch."""
    rows = [*load("layer_masking.json", FOLDER)["rows"], *load("layer_masking_lite.json", FOLDER)["rows"]]
    by_batch = {(row["network"], row["batch"]): row for row in rows if "seen_mask" in row}
    lines = []
    for network in dict.fromkeys(network for network, _ in by_batch):
        given = [by_batch.get((network, batch)) for batch in BATCHES]
        last = given[-1]
        cells = [ratios(row) if row else "" for row in given]
        lines.append([network.removeprefix("imagenet/"), *cells, number(last["plain_nchw"], 2) if last else ""])
    batches = [f"batch {batch}" for batch in BATCHES]
    return table(["network", *batches, f"plain in PyTorch's default layout, {BATCHES[-1]}"], lines)


def ratios(row: dict[str, Any]) -> str:
    """Return both ratios of one row."""
    return f"{number(row['seen_mask'], 2)} / {number(row['new_mask'], 2)}"


def lime_speed() -> str:
    """Return LIME's speed against its goals."""
    rows = load("lime_speed.json", FOLDER)["rows"]
    link = "[lime](https://github.com/marcotcr/lime)"
    goals = {
        f"the {link} package takes 2 times as long or more, as its tutorial shows it": ("lime_tutorial", 2, True),
        "the same with this library's classifier, so that only the packages differ": ("lime_same_classifier", 2, True),
        "layer masking takes at most 1.25 times as long as greyout": ("layer_masking", 1.25, False),
    }
    lines = []
    for goal, (name, limit, more) in goals.items():
        values = [row[f"{name}_over_greyout"] for row in rows]
        met = [(value >= limit) == more for value in values]
        lines.append([goal, *(number(value, 2) for value in values), verdict(met, [row["network"] for row in rows])])
    never = "1,000 layer-masked samples of resnet50 in 1 s or less on a GPU"
    lines.append([never, *[""] * len(rows), "never measured: no GPU was at hand"])
    return table(["goal", *(row["network"] for row in rows), "met"], lines)


def verdict(met: list[bool], networks: list[str]) -> str:
    """Return whether a goal is met, or with which networks."""
    if all(met):
        return "yes"
    meeting = [network for network, each in zip(networks, met, strict=True) if each]
    return f"with {' and '.join(meeting)} only" if meeting else "no"


def attributions() -> str:
    """Return the cost of attributions, over networks and batches."""
    rows = load("attribution_cost.json", FOLDER)["rows"]

    def span(names: tuple[str, ...], digits: int) -> str:
        values = [row["over_forward"] for row in rows if row["attribution"] in names]
        return f"{number(min(values), digits)} to {number(max(values), digits)}"

    lines = [
        ["those with one backward pass", span(ONE_BACKWARD_PASS, 1)],
        ["DeepLIFT", span((DEEPLIFT,), 1)],
        ["integrated gradients (50 steps)", span((GRADIENTS,), 0)],
        ["ten iterations of GxSI (11 forward and 10 backward passes)", span((MASK,), 1)],
    ]
    return table(["attribution", "forward passes"], lines)
