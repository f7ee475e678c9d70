"""Tables of Balasubramanian & Feizi 2023 (layer masking) and of Jain et al. 2022 beside ours."""

from typing import Any

from .cells import exists, load, number, percent, table
from .published import bits, published
from .removal import patch_removal_accuracy

HEADER = ["", "published", "ours", "our network and data"]
SQUEEZENET = "SqueezeNet 1.1, 250 photographs"
LITE = "`imagenet/efficientnet-lite0`, 250 photographs"
STEPS = (1, 3, 5, 7, 9)
FILLS = ("blackout", "greyout", "layer_masking")


def share(value: float) -> str:
    """Return an accuracy 0 … 1 as the paper prints it."""
    return number(value, 3)


def photographs(file: str, method: str, hidden: float = 0.5) -> dict[str, Any]:
    """Return a row of the photographs."""
    (row,) = [row for row in load(file)["rows"] if (row["method"], row["hidden"]) == (method, hidden)]
    return row


def kept(method: str, hidden: float) -> float:
    """Return how many predictions of the run of patch removal stay, 0 … 1."""
    columns = load("patch_removal.json.gz")["columns"]
    keys = zip(columns["method"], columns["share"], columns["kept"], strict=True)
    values = [value for name, step, value in keys if (name, step) == (method, hidden)]
    return sum(values) / len(values)


def removal() -> str:
    """Return accuracy with random patches removed."""
    layers, counts = published()["layer_masking"], patch_removal_accuracy()
    lines = []
    for network in ("resnet50", "timm_resnet50"):
        for method in FILLS[1:]:
            values = layers["stored"][f"{network}_{method}"]
            ours = [counts[method, step / 10] for step in STEPS]
            measured = " / ".join(share(right / pictures) for right, pictures in ours) if network == "resnet50" else ""
            title = f"{network.replace('_', ' ')}, {method}, 10 / 30 / 50 / 70 / 90 % removed"
            lines.append([title, " / ".join(share(values[step]) for step in STEPS), measured, SQUEEZENET])
            if network == "timm_resnet50":
                lines[-1][2:] = ["not measured: needs timm's `resnet50.a1_in1k` weights", ""]
    for network in ("resnet50", "wide_resnet50", "resnext50"):
        values = " / ".join(share(layers["patches"][f"{network}_{method}"]) for method in FILLS)
        needs = f"not measured: needs torchvision's weights of {network}"
        lines.append([f"{network}, blackout / greyout / layer masking, 50 % removed", values, needs, ""])
    for file, network in (("photographs.json", SQUEEZENET), ("photographs_lite.json", LITE)):
        values = " / ".join(share(photographs(file, method)["accuracy"]) for method in FILLS)
        lines.append(["the same", "", values, network])
    headline = share(layers["headline"]["resnet50_layer_masking"])
    ours = share(photographs("photographs_lite.json", "layer_masking")["accuracy"])
    lines.append(["the introduction's figure: layer masking, 50 % removed", f"more than {headline}", ours, LITE])
    return table(HEADER, lines)


def entropy() -> str:
    """Return class entropy in bits, and how many predictions stay, with half of the patches removed."""
    half = published()["layer_masking"]["stored_half"]
    whole = bits(half["entropy_nats_resnet50_whole"])
    lines = []
    for method in FILLS[1:]:
        value = bits(half[f"entropy_nats_resnet50_{method}"])
        for file, network in (("photographs.json", SQUEEZENET), ("photographs_lite.json", LITE)):
            ours = photographs(file, method)["class_entropy_bits"]
            most = photographs(file, method, 0.0)["class_entropy_bits"]
            theirs = f"{number(value, 2)} of {number(whole, 2)} ({percent(value / whole, 0)})"
            measured = f"{number(ours, 2)} of {number(most, 2)} ({percent(ours / most, 0)})"
            title = f"class entropy, {method}: bits, of those of whole pictures"
            lines.append([title, theirs, measured, network])
    for method in FILLS[1:]:
        theirs = share(half[f"unchanged_resnet50_{method}"])
        lines.append([f"predictions that stay, {method}", theirs, share(kept(method, 0.5)), SQUEEZENET])
    return table(HEADER, lines)


def shape_bias() -> str:
    """Return accuracy with the object hidden, with a mask of its area elsewhere, and their ratio."""
    given = published()["layer_masking"]["shape_bias"]
    lines = [
        [network, *(ratio(*given[network][column]) for column in range(len(FILLS)))]
        for network in given
        if network not in {"tag", "title", "columns"}
    ]
    lines += [[f"**ours**: `{network}`", *cells] for network, cells in measured_bias().items()]
    return table(["object hidden / broken mask = ratio", *FILLS], lines)


def measured_bias() -> dict[str, list[str]]:
    """Return our accuracies with both masks and their ratio, by network and fill."""
    if not exists("shape_bias.json"):
        rows = {(row["method"], row["hole"]): row["accuracy"] for row in load("leakage.json")["holes"]}
        return {"silhouettes/resnet": [ratio(rows[method, "exact"], rows[method, "broken"]) for method in FILLS]}
    lines: dict[str, list[str]] = {}
    for network, content in load("shape_bias.json")["networks"].items():
        values = {(row["method"], row.get("hole"), row["outcome"]): row for row in content["numbers"]}
        lines[network] = []
        for method in FILLS:
            exact, broken = (values[method, hole, "kept"]["value"] for hole in ("exact", "broken"))
            (bias,) = [row for (name, _, outcome), row in values.items() if (name, outcome) == (method, "shape_ratio")]
            ends = f"[{share(bias['low'])}, {share(bias['high'])}]"
            lines[network].append(f"{ratio(exact, broken, bias['value'])} {ends}")
    return lines


def concordance() -> str:
    """Return the change of similarities of pictures that are shrunk into a corner."""
    given = published()["layer_masking"]["concordance"]
    sides = (32, 64, 128)
    lines = [[f"ResNet-50, {method}", " / ".join(share(value) for value in given[method]), "", ""] for method in FILLS]
    networks = load("concordance.json")["networks"] if exists("concordance.json") else {}
    for network, content in networks.items():
        for method in FILLS:
            rows = {round(224 * row["side"]): row["value"] for row in content["numbers"] if row["method"] == method}
            values = " / ".join(share(rows[side]) for side in sides)
            lines.append([f"`{network}`, {method}", "", values, f"{content['images']} photographs"])
    return table([f"sides of {' / '.join(map(str, sides))} pixels", *HEADER[1:]], lines)


def ratio(exact: float, broken: float, quotient: float | None = None) -> str:
    """Return both accuracies and their ratio, which may have been printed with them."""
    return f"{share(exact)} / {share(broken)} = {share(exact / broken if quotient is None else quotient)}"


def others() -> str:
    """Return what else was published."""
    layers, jain = published()["layer_masking"], published()["jain"]
    slic = " / ".join(share(layers["slic"][f"resnet50_{method}"]) for method in FILLS)
    colours = " / ".join(share(layers["colours"][name]) for name in ("greyout", "mean_colour", "red", "green"))
    lines = [
        [
            "random SLIC segments, 50 % removed, ResNet-50: blackout / greyout / layer masking",
            slic,
            "not measured: needs an experiment that removes superpixels",
            "",
        ],
        [
            "colours of the fill, ResNet-50, 50 % removed: grey / average / red / green",
            colours,
            colours_of("photographs.json"),
            SQUEEZENET,
        ],
        ["the same", "", colours_of("photographs_lite.json"), LITE],
        [
            "predictions that stay, ResNet-50, blackout of 20 / 98 of 196 patches (Jain et al.)",
            f"{number(jain['resnet50_blackout'][0], 2)} / {number(jain['resnet50_blackout'][2], 2)}",
            f"{number(kept('blackout', 0.1), 2)} / {number(kept('blackout', 0.5), 2)}",
            f"{SQUEEZENET}, 10 / 50 % removed",
        ],
        [
            "LIME: alignment with the object, removal of the 20 largest segments",
            "tables that could not be read for this page",
            "see [Alignment with a known object](#alignment-with-a-known-object)",
            "`silhouettes/resnet`, rendered scenes",
        ],
    ]
    return table(HEADER, lines)


def colours_of(file: str) -> str:
    """Return our accuracies under coloured fills."""
    values = " / ".join(share(photographs(file, name)["accuracy"]) for name in ("greyout", "mean_colour"))
    return f"{values} / not measured: needs a fill of one colour"
