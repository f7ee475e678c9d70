"""LIME under each method."""

from typing import Any

from .cells import bold, change, in_order, interval, load, number, table

QUALITY, HELD_OUT, SCENES = "lime_quality.json", "lime_held_out.json", "lime_scenes.json"
SAMPLINGS = {"independent": (256, 512, 1024), "paired": (256, 512), "balanced": (256, 512)}
SAMPLING_MEASURES = {"seeds_rank": "rank correlation of two seeds", "seeds_top": "five largest in common"}


def rows_of(file: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the rows of a file by method and measure."""
    return {(row["method"], row["measure"]): row for row in load(file)["rows"]}


def methods_of(rows: dict[tuple[str, str], dict[str, Any]]) -> list[str]:
    """Return the methods of a file in the order of all tables."""
    return in_order({method for method, _ in rows})


def highlight(text: str, best: bool) -> str:
    """Return a value with its interval; the value is bold if it is the best."""
    value, rest = text.split(" ", 1)
    return f"{bold(value)} {rest}" if best else text


def agreement() -> str:
    """Return the fit and the three measures of agreement of two seeds."""
    rows = rows_of(QUALITY)
    names = methods_of(rows)
    lines = []
    for name in names:
        cells = [name]
        for key in ("r2", "seeds_rank", "seeds_top", "seeds_sign"):
            value, low, high = rows[name, key]["mean"]
            best = value == max(rows[each, key]["mean"][0] for each in names)
            if key == "seeds_top":
                share = f"{100 * value:.0f} %"
                cells.append(f"{bold(share) if best else share} [{100 * low:.0f}, {100 * high:.0f}]")
            else:
                cells.append(highlight(interval((value, low, high), 3 if key == "seeds_sign" else 2), best))
        lines.append(cells)
    header = [
        "explained under",
        "in-sample R²",
        "two seeds: rank correlation",
        "five largest weights in common",
        "share of the weight with the same sign",
    ]
    return table(header, lines)


def held_out() -> str:
    """Return the fit on seen and on unseen answers."""
    rows = rows_of(HELD_OUT)
    lines = []
    for name in methods_of(rows):
        best = name == "layer_masking"
        cells = [highlight(interval(rows[name, key]["mean"], 2), best) for key in ("r2", "r2_held_out")]
        difference = rows[name, "r2_held_out"].get("more_than_greyout")
        lines.append([bold(name) if best else name, *cells, interval(difference, 2) if difference else ""])
    return table(["explained under", "in-sample R²", "held-out R²", "held-out R², difference to greyout"], lines)


def judges() -> str:
    """Return the area between the two curves, by explanation and judge."""
    rows = rows_of(QUALITY)
    names = methods_of(rows)
    values = {(name, judge): rows[name, f"separation_by_{judge}"]["mean"][0] for name in names for judge in names}
    lines = []
    for name in names:
        cells = [number(values[name, judge], 2) for judge in names]
        best = [values[name, judge] == max(values[each, judge] for each in names) for judge in names]
        lines.append([name, *(bold(cell) if top else cell for cell, top in zip(cells, best, strict=True))])
    return table(["explained under", f"{names[0]} judges", *names[1:]], lines)


def scenes() -> str:
    """Return the alignment with a known object, and the fit on unseen answers."""
    rows = rows_of(SCENES)
    lines = [
        [name, *(interval(rows[name, key]["mean"], 2) for key in ("alignment", "r2_held_out"))]
        for name in methods_of(rows)
    ]
    return table(["explained under", "alignment", "held-out R²"], lines)


def sampling() -> str:
    """Return how well two seeds agree by the way of sampling and the number of forward passes."""
    lines = []
    for result in load("lime_sampling.json")["results"]:
        rows = {(row["measure"], row["sampling"], row["samples"]): row for row in result["rows"]}
        for measure, title in SAMPLING_MEASURES.items():
            values = [
                " / ".join(number(rows[measure, how, samples]["mean"][0], 2) for samples in counts)
                for how, counts in SAMPLINGS.items()
            ]
            differences = [rows[measure, "balanced", 512][f"more_than_independent_{count}"] for count in (512, 1024)]
            facts = [f"`{result['network']}`", result["method"], str(result["photographs"]), title]
            lines.append([*facts, *values, *(change(each, 2) for each in differences)])
    header = ["network", "method", "pictures", "measure"]
    header += [f"{how}, {' / '.join(f'{count:,}' for count in counts)} samples" for how, counts in SAMPLINGS.items()]
    return table([*header, "balanced 512 minus independent 512", "minus independent 1,024"], lines)
