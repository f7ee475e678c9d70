"""Shape leakage of every method, and rules at joins and skips."""

from .cells import interval, label, load, number, percent, table, triple_of

RULES = ("default", "skips: stride")
LEFT_OUT = {"layer_masking_union"}
"""Measured for another table."""


def shape_leakage() -> str:
    """Return how often the hidden object is named, and the bits that its hole reveals; the leakiest method first."""
    rows = [row for row in load("leakage.json")["exact"] if row["method"] not in LEFT_OUT]
    lines = []
    for row in sorted(rows, key=lambda row: (-row["bits"], -row["readable_bits"], row["method"])):
        value, low, high = triple_of(row, "accuracy")
        named = f"{percent(value)} [{number(100 * low, 1)}, {number(100 * high, 1)}]"
        bits = interval(triple_of(row, "bits"), 2)
        readable = triple_of(row, "readable_bits")
        read = interval(readable, 2) if readable[0] < 0.5 else number(readable[0], 2)
        lines.append([label(row["method"]), named, bits, read])
    return table(["method", "names the hidden object", "bits in its answer", "bits in all its probabilities"], lines)


def joins() -> str:
    """Return accuracy and leakage under the two rules at strided skips."""
    rows = {(row["pictures"], row["hidden"], row["rule"]): row for row in load("joins.json")["rows"]}
    shown = [("CIFAR-10", hidden) for hidden in ("50 %", "75 %", "90 %")] + [("silhouettes", "75 %")]
    lines = []
    for pictures, hidden in shown:
        name = "CIFAR-10, ResNet-20" if pictures == "CIFAR-10" else "`silhouettes/resnet`"
        cells = [percent(rows[pictures, hidden, rule]["accuracy"]) for rule in RULES]
        lines.append([f"{name}, {hidden} hidden", *cells])
    bits = [number(rows["silhouettes", "exact object", rule]["readable_bits"], 2) for rule in RULES]
    lines.append(["bits about a hidden object in its probabilities", *bits])
    return table(["", "default", '`skips="stride"`'], lines)
