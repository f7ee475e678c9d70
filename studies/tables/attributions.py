"""Attribution masks, their controls, and the student that sees only masked pictures."""

from typing import Any

from .cells import bold, italic, load, number, percent, points, table
from .published import attribution_tables

ALL_STEPS, STEPS, FEW = (0, 1, 2, 3, 5, 10, 19), (0, 1, 2, 3, 5, 10), (0, 1, 2, 3)
SLIM, FULL = "cifar10/nib-vgg16-slim", "cifar10/nib-vgg13-6-full"
DEPTHS = {
    "NIB VGG16": "cifar10/nib-vgg16-slim-short",
    "with biases (+LB)": "cifar10/nib-vgg16-slim-lb",
    "with ordinary batch norm (+BNB)": "cifar10/nib-vgg16-slim-bnb",
    "with both": "cifar10/nib-vgg16-slim-lb-bnb",
    "NIB VGG13": "cifar10/nib-vgg13-slim",
    "NIB VGG13-2": "cifar10/nib-vgg13-2-slim",
    "NIB VGG13-4": "cifar10/nib-vgg13-4-slim",
    "NIB VGG13-6": "cifar10/nib-vgg13-6-slim",
}
CONTROLS = {
    "wrong_label": "a wrong label: called by that wrong label",
    "noise_image": "pure noise for a label: called by that label",
    "predicted_label": "the predicted label: called by the true one",
}
UNTRAINED = {
    "nib_vgg16:width=0.25,head=512": "untrained networks of the same shape",
    "nib_vgg13_6:width=0.25,head=512": "untrained NIB VGG13-6 of a quarter of the width",
}
FULL_SHAPE = "nib_vgg13_6:width=1.0,head=4096"


def network_of(name: str) -> dict[str, Any]:
    """Return what was measured of one network."""
    (network,) = [each for each in load("attribution_masks.json")["networks"] if each["name"] == name]
    return network


def curve(name: str, attribution: str, control: str = "true_label") -> list[float]:
    """Return how often pictures got the expected label, 0 … 1, by iteration."""
    (row,) = [
        each
        for each in network_of(name)["curves"]
        if each["attribution"].replace("pgxi_code", "pgxi_released") == attribution and each["control"] == control
    ]
    return [value for value, _, _ in row["mia"]]


def line(title: str, values: list[float], steps: tuple[int, ...]) -> list[str]:
    """Return one line of percentages; 99.9 and more stands out in the controls' tables."""
    return [title, *(points(values[step]) for step in steps)]


def published_line(name: str, steps: tuple[int, ...], table_name: str = "table_6") -> list[str]:
    """Return the paper's line in italics."""
    values = attribution_tables()[table_name][name]
    return [italic("the paper's"), *(italic(number(values[s], 1)) if s < len(values) else "" for s in steps)]


def masks() -> str:
    """Return MIA by attribution and iteration, each beside the paper's."""
    same = network_of(SLIM)["as_gxi"]
    assert {each["attribution"] for each in same} == {"integrated_gradients", "deeplift"}
    equal = all(min(each["same_answers"]) == 1 for each in same)
    lines = [
        line(bold("GxSI"), curve(SLIM, "gxsi"), ALL_STEPS),
        published_line("gxsi", ALL_STEPS),
        line(
            f"GxI; integrated gradients and DeepLIFT are the same ({same[0]['n']} pictures: "
            f"{'all' if equal else 'not all'} answers)",
            curve(SLIM, "gxi"),
            ALL_STEPS,
        ),
        published_line("gxi", ALL_STEPS),
        line("guided backpropagation", curve(SLIM, "guided_backpropagation"), ALL_STEPS),
        published_line("guided_backpropagation", ALL_STEPS),
        line("PGxI by the paper's formula (`pgxi`)", curve(SLIM, "pgxi"), ALL_STEPS),
        line("PGxI by the authors' code (`pgxi_released`)", curve(SLIM, "pgxi_released"), ALL_STEPS),
        published_line("pgxi_released", ALL_STEPS),
    ]
    lines[-1][0] = italic("the paper's, which fits the code")
    return table(["masked for the true label by, at iteration", *map(str, ALL_STEPS)], lines)


def untrained_line(shape: str, title: str, steps: tuple[int, ...]) -> list[str]:
    """Return the mean over several untrained networks, with the lowest and the highest of them."""
    (row,) = [each for each in load("untrained_masks.json")["summary"] if each["shape"] == shape]
    values = [
        f"{points(row['mean'][step])} ({points(row['lowest'][step], 0)} to {points(row['highest'][step], 0)})"
        for step in steps
    ]
    return [f"{title}, mean of {row['networks']} (range)", *values]


def controls() -> str:
    """Return the controls of GxSI by iteration."""
    lines = [line(title, curve(SLIM, "gxsi", control), STEPS) for control, title in CONTROLS.items()]
    lines += [untrained_line(shape, title, STEPS) for shape, title in UNTRAINED.items()]
    return table(["GxSI, the controls", *map(str, STEPS)], lines)


def full_width() -> str:
    """Return MIA and controls of the network of full width."""
    lines = [
        line(bold("GxSI"), curve(FULL, "gxsi"), STEPS),
        published_line("nib_vgg13_6", STEPS, "table_3"),
        line("GxI", curve(FULL, "gxi"), STEPS),
        line("guided backpropagation", curve(FULL, "guided_backpropagation"), STEPS),
        *(line(f"GxSI, {title}", curve(FULL, "gxsi", control), STEPS) for control, title in CONTROLS.items()),
        line("GxSI, untrained", curve(FULL, "gxsi", "untrained_network"), STEPS),
    ]
    return table(["masked by, at iteration", *map(str, STEPS)], lines)


def depths() -> str:
    """Return accuracy and MIA of GxSI for every depth and bias."""
    lines = []
    for title, name in DEPTHS.items():
        accuracy = network_of(name)["accuracy"]["test_pictures"]
        lines.append([title, points(accuracy), *line(title, curve(name, "gxsi"), STEPS)[1:]])
    return table(["", "accuracy", *map(str, STEPS)], lines)


def student() -> str:
    """Return the student's answers by control and number of masks."""
    columns = load("student_teacher.json.gz")["columns"]
    titles = {
        ("true_label", "hit"): "the true label: called by it",
        ("predicted_label", "right"): "the label that the teacher predicts: called by the true one",
        ("wrong_label", "hit"): "a wrong label: called by that wrong label",
        ("noise_image", "hit"): "pure noise for a label: called by that label",
        ("untrained_network", "hit"): "an untrained teacher, the true label: called by it",
    }
    lines = []
    for (control, key), title in titles.items():
        shares = []
        for step in FEW:
            values = [
                value
                for value, named, iteration in zip(columns[key], columns["control"], columns["iteration"], strict=True)
                if named == control and iteration == step
            ]
            shares.append(points(sum(values) / len(values)))
        lines.append([title, *shares])
    return table(["the student's answers, masks multiplied", "0 (plain)", *map(str, FEW[1:])], lines)


def student_accuracy() -> str:
    """Return the student's accuracy on masked test pictures, in percent."""
    (row,) = [each for each in load("nets.json")["networks"] if each["name"] == "cifar10/wrn-16-4-student"]
    return percent(row["accuracy"])
