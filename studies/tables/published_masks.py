"""Tables of Lee & Chang 2021 (attribution masks) beside ours; all values are percentages."""

from collections.abc import Sequence

from .attributions import DEPTHS, FULL, SLIM, curve, network_of, student_accuracy
from .cells import number, points, table
from .published import attribution_tables

HEADER = ["", "published", "ours", "our network and data"]
SMALLER = "a quarter of the width, CIFAR-10 as JPEG, 1,000 test pictures"
CIFAR_100 = "not measured: needs the pictures of CIFAR-100 and a network trained on them"
NAMES = {
    "gxsi": "GxSI",
    "gxi": "GxI = IG = DeepLIFT",
    "guided_backpropagation": "guided backpropagation",
    "pgxi_released": "PGxI (the authors' code)",
}
VGGS = {
    "nib_vgg13_6": "NIB VGG13-6",
    "nib_vgg13_4": "NIB VGG13-4",
    "nib_vgg13_2": "NIB VGG13-2",
    "nib_vgg13": "NIB VGG13",
    "nib_vgg16": "NIB VGG16",
}
BIASES = {
    "lb_bnb": ("with both", "with both (+BNB+LB)"),
    "bnb": ("with ordinary batch norm (+BNB)", "+BNB"),
    "lb": ("with biases (+LB)", "+LB"),
    "nib": ("NIB VGG16", "NIB"),
}
STUDENTS = VGGS | {"wrn_40_4": "WRN-40-4", "wrn_28_10": "WRN-28-10"}


def steps_of(values: Sequence[float], steps: Sequence[int]) -> str:
    """Return percentages at some iterations."""
    return " / ".join(number(values[step], 1) for step in steps)


def shares_of(values: Sequence[float], steps: Sequence[int]) -> str:
    """Return shares at some iterations in percent."""
    return " / ".join(points(values[step]) for step in steps)


def mia() -> str:
    """Return Tables 2 and 6: MIA by attribution."""
    steps, few = (0, 1, 2, 3, 10, 19), (0, 1, 2)
    given = attribution_tables()
    lines = [
        [
            f"CIFAR-10, {title}, at iterations {' / '.join(map(str, steps))}",
            steps_of(given["table_6"][name], steps),
            shares_of(curve(SLIM, name), steps),
            f"`{SLIM}`: {SMALLER}",
        ]
        for name, title in NAMES.items()
    ]
    lines += [
        [
            f"CIFAR-100, {title}, at iterations {' / '.join(map(str, few))}",
            steps_of(given["table_2_cifar100"][name], few),
            CIFAR_100,
            "",
        ]
        for name, title in NAMES.items()
    ]
    return table(HEADER, lines)


def depths() -> str:
    """Return Tables 3 and 8: MIA of GxSI by depth."""
    steps = (0, 1, 2, 3, 5, 9)
    given = attribution_tables()["table_3"]
    lines = []
    for name, title in VGGS.items():
        network = DEPTHS[title]
        lines.append([title, steps_of(given[name], steps), shares_of(curve(network, "gxsi"), steps), f"`{network}`"])
        if name == "nib_vgg13_6":
            lines.append(["the same, full width", "", shares_of(curve(FULL, "gxsi"), steps), f"`{FULL}`"])
    return table([f"GxSI at iterations {' / '.join(map(str, steps))}", *HEADER[1:]], lines)


def biases() -> str:
    """Return Table 5: the ablation of biases."""
    steps = (0, 1, 2, 3, 5, 9)
    given = attribution_tables()["table_5"]
    lines = []
    for key, (ours, title) in BIASES.items():
        for name in ("gxi", "gxsi"):
            published, network = given[f"{key}_{name}"], DEPTHS[ours]
            measured = shares_of(curve(network, name), steps)
            lines.append(
                [f"{title}, {NAMES[name].split(' ')[0]}", steps_of(published, steps), measured, f"`{network}`"]
            )
    return table([f"at iterations {' / '.join(map(str, steps))}", *HEADER[1:]], lines)


def students() -> str:
    """Return Table 4: students that see only masked pictures."""
    given = attribution_tables()["table_4"]
    needs = "not measured: needs this student's training on 50,000 masked pictures"
    teachers = " / ".join(given["teachers"])
    lines = [[title, steps_of(given[name], range(3)), needs, ""] for name, title in STUDENTS.items()]
    teacher = points(network_of(SLIM)["accuracy"]["test_pictures"])
    lines.append(["WRN-16-4", "", f"{student_accuracy()}", f"3 masks of `{SLIM}`, which gets {teacher} % itself"])
    return table([f"student; teachers {teachers}", *HEADER[1:]], lines)
