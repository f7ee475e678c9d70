"""Methods without and with calibration (MCal), and `neighbour_fill` beside layer masking."""

from collections.abc import Callable, Iterable
from typing import Any

from .cells import bold, change, in_order, interval, load, number, percent, points, table

FILES = ("calibration.json", "padding.json")
PLAIN = "calibrated:of="
SAME = ", fitted to the same pictures"
SHARES = (0.25, 0.5, 0.75)
PHOTOGRAPHS = "imagenet/efficientnet-lite0"
NEIGHBOUR, LAYERS, TOKENS = "neighbour_fill", "layer_masking", "token_dropping"
SHOWN = ("blackout", "greyout", NEIGHBOUR, LAYERS)
MISSING = "not measured"
FEWEST = 10
"""LIME on fewer pictures says too little to be shown."""

Row = dict[str, Any]


def parts(name: str, *files: str) -> dict[str, list[Row]]:
    """Return the rows of one part by network, of the networks that have it."""
    networks = {network: each for file in files or FILES for network, each in load(file)["networks"].items()}
    return {network: each[name]["rows"] for network, each in networks.items() if name in each}


def short(network: str) -> str:
    """Return a network as tables call it."""
    return network.split(" (", maxsplit=1)[0]


def titled(method: str) -> str:
    """Return a method in a table; layer masking stands out."""
    return bold(method) if method == LAYERS else method


def at(rows: Iterable[Row], **facts: Any) -> Row | None:
    """Return the row with these facts, or None."""
    return next((row for row in rows if all(row.get(name) == value for name, value in facts.items())), None)


def methods_of(rows: Iterable[Row]) -> list[str]:
    """Return the methods without calibration, in the order of all tables."""
    return in_order({row["method"] for row in rows if not row["method"].startswith(PLAIN)})


def accuracies(rows: list[Row], method: str) -> str:
    """Return the accuracies at three shares in percent."""
    given = [at(rows, method=method, hidden=share) for share in SHARES]
    return " / ".join(points(row["accuracy"][0]) for row in given if row) or MISSING


def shown(row: Row | None, key: str, cell: Callable[..., str], *settings: float) -> str:
    """Return one value of a row as a cell, or that it was not measured."""
    return cell(row[key], *settings) if row and key in row else MISSING


def removal_line(rows: list[Row], method: str, notes: tuple[str, ...]) -> list[str]:
    """Return accuracies and class entropy of a method, without and with each kind of calibration."""
    half = {note: at(rows, method=PLAIN + method + note, hidden=0.5) for note in notes}
    cells = [titled(method), accuracies(rows, method)]
    for note, row in half.items():
        cells += [accuracies(rows, PLAIN + method + note), shown(row, "more_accuracy", change, 1, 100)]
    plain = at(rows, method=method, hidden=0.5)
    cells.append(number(plain["class_entropy_bits"][0], 2) if plain else MISSING)
    for row in half.values():
        cells += [
            number(row["class_entropy_bits"][0], 2) if row else MISSING,
            shown(row, "more_class_entropy_bits", change, 2),
        ]
    return cells


def scenes() -> str:
    """Return accuracy and class entropy on scenes with patches hidden."""
    lines = []
    for network, rows in parts("removal", FILES[0]).items():
        if network != PHOTOGRAPHS:
            lines += [[f"`{network}`", *removal_line(rows, method, ("",))] for method in methods_of(rows)]
    header = [
        "network",
        "method",
        "accuracy (%), 25 / 50 / 75 % hidden",
        "with MCal",
        "change at 50 %, points",
        "class entropy at 50 %, bits",
        "with MCal",
        "change",
    ]
    return table(header, lines)


def photographs() -> str:
    """Return accuracy and class entropy on the photographs, with both kinds of heads."""
    rows = parts("removal", FILES[0]).get(PHOTOGRAPHS, [])
    header = [
        "method",
        "accuracy (%), 25 / 50 / 75 % hidden",
        "MCal fitted to the other half",
        "change at 50 %, points",
        "MCal fitted to the same photographs",
        "change at 50 %, points",
        "class entropy at 50 %, bits",
        "other half",
        "change",
        "same photographs",
        "change",
    ]
    return table(header, [removal_line(rows, method, ("", SAME)) for method in methods_of(rows)])


def ten_classes() -> str:
    """Return accuracy and class entropy among the ten classes of Imagenette."""
    rows = parts("ten_classes", FILES[0]).get(PHOTOGRAPHS, [])
    header = [
        "method",
        "accuracy (%), 25 / 50 / 75 % hidden",
        "with MCal",
        "change at 50 %, points",
        "class entropy at 50 %, bits",
        "with MCal",
        "change",
    ]
    return table(header, [removal_line(rows, method, ("",)) for method in methods_of(rows)])


def outline() -> str:
    """Return shape leakage and reliance error, without and with calibration."""
    lines = []
    for network, rows in parts("outline", FILES[0]).items():
        for method in methods_of(rows):
            plain, fitted = at(rows, method=method), at(rows, method=PLAIN + method)
            lines.append(
                [
                    f"`{network}`",
                    titled(method),
                    shown(plain, "bits", interval, 2),
                    shown(fitted, "bits", interval, 2),
                    shown(fitted, "more_bits", change, 2),
                    shown(fitted, "more_readable_bits", change, 2),
                    shown(plain, "reliance_error", interval, 1, 100),
                    shown(fitted, "reliance_error", interval, 1, 100),
                    shown(fitted, "more_reliance_error", change, 1, 100),
                ]
            )
    header = [
        "network",
        "method",
        "leaked bits",
        "with MCal",
        "change",
        "change of the bits in all probabilities",
        "reliance error, points",
        "with MCal",
        "change",
    ]
    return table(header, lines)


def lime() -> str:
    """Return LIME's fit and agreement, without and with calibration."""
    lines = []
    for network, rows in parts("lime", FILES[0]).items():
        for method in methods_of(rows):
            plain, fitted = at(rows, method=method), at(rows, method=PLAIN + method)
            if plain is None or plain.get("pictures", 0) < FEWEST:
                continue
            cells = [f"`{network}`", titled(method), str(plain["pictures"])]
            for key, digits, scale in (("r2_held_out", 2, 1), ("seeds_rank", 2, 1), ("seeds_top", 0, 100)):
                value = f"{shown(plain, key, interval, digits, scale)}"
                cells += [value, shown(fitted, f"more_{key}", change, digits, scale)]
            lines.append(cells)
    header = [
        "network",
        "method",
        "pictures",
        "held-out R²",
        "change with MCal",
        "two seeds: rank correlation",
        "change with MCal",
        "five largest in common, %",
        "change with MCal",
    ]
    return table(header, lines)


def padding_removal() -> str:
    """Return accuracy by share, and how much more `neighbour_fill` has than layer masking."""
    lines = []
    for network, rows in parts("removal").items():
        if not (at(rows, method=LAYERS) and at(rows, method=NEIGHBOUR)):
            continue
        differences = [at(rows, method=NEIGHBOUR, hidden=share) for share in SHARES]
        cells = [shown(row, "more_accuracy", change, 1, 100) for row in differences]
        lines.append([f"`{short(network)}`", *(accuracies(rows, method) for method in SHOWN), *cells])
    header = [
        "network: accuracy (%) at 25 / 50 / 75 % hidden",
        *SHOWN[:-1],
        bold(LAYERS),
        *(f"{NEIGHBOUR} minus {LAYERS}, {percent(share, 0)} hidden, points" for share in SHARES),
    ]
    return table(header, lines)


def padding_outline() -> str:
    """Return what the hole of a hidden object reveals, and how much more it does under `neighbour_fill`."""
    lines = []
    for network, rows in parts("outline", FILES[0]).items():
        difference = at(rows, method=NEIGHBOUR)
        if not (at(rows, method=LAYERS) and difference):
            continue
        bits = [shown(at(rows, method=method), "bits", interval, 2) for method in SHOWN]
        cells = [
            shown(difference, "more_bits", change, 2),
            shown(difference, "more_readable_bits", change, 2),
            shown(difference, "more_reliance_error", change, 1, 100),
        ]
        lines.append([f"`{network}`", *bits, *cells])
    header = [
        "network: leaked bits",
        *SHOWN[:-1],
        bold(LAYERS),
        f"{NEIGHBOUR} minus {LAYERS}: bits",
        "bits in all probabilities",
        "reliance error, points",
    ]
    return table(header, lines)


def padding_lime() -> str:
    """Return LIME's fit on unseen answers, and how much more it is under `neighbour_fill`."""
    lines = []
    for network, rows in parts("lime").items():
        row = at(rows, method=NEIGHBOUR)
        if not row or row.get("pictures", 0) < FEWEST or "more_r2_held_out" not in row:
            continue
        values = [shown(at(rows, method=method), "r2_held_out", interval, 2) for method in SHOWN]
        pictures = str(row["pictures"])
        lines.append([f"`{short(network)}`", pictures, *values, shown(row, "more_r2_held_out", change, 2)])
    header = ["network", "pictures", *SHOWN[:-1], bold(LAYERS), f"{NEIGHBOUR} minus {LAYERS}"]
    return table(header, lines)


def reliance() -> str:
    """Return the reliance error of every network, in points."""
    lines = []
    for network, rows in parts("outline", FILES[0]).items():
        first = rows[0]
        cells = [shown(at(rows, method=method), "reliance_error", interval, 1, 100) for method in SHOWN]
        if tokens := at(rows, method=TOKENS):
            cells[-1] = f"{TOKENS}: {interval(tokens['reliance_error'], 1, 100)}"
        lines.append([f"`{network}`", percent(first["right_answer"], 2), f"{first['scenes']:,}", *cells])
    return table(["classifier", "right answer", "scenes", *SHOWN[:-1], bold(LAYERS)], lines)
