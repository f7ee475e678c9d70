"""The answers in the teacher's sheet are the library's."""

import re
from pathlib import Path

import pytest
import torch

from masking.layers.maps.neighbours import fill, rings_around
from masking.lessons.prepared import SHIPPED
from masking.measures import class_entropy

REPOSITORY = Path(__file__).parents[1]

SHEET = (REPOSITORY / "docs" / "teaching.md").read_text("utf-8")
EXERCISES, ANSWERS = SHEET.split("## Answers")


def answer(number: int) -> str:
    return re.split(r"^\d\. ", ANSWERS, flags=re.MULTILINE)[number]


def test_the_normalised_values(lite):
    mean, std = (float(each.flatten()[0]) for each in (lite.mean, lite.std))
    values = [(value - mean) / std for value in (0.0, 1.0, 127 / 255)]
    said = [float(text.replace("−", "-").rstrip(".")) for text in re.findall(r"−?\d+\.\d+", answer(1))]
    assert said[:3] == pytest.approx(values, abs=0.005)
    assert said[3] == pytest.approx(-0.485 / 0.229, abs=0.005)


def test_the_class_entropy():
    assert f"{class_entropy(torch.tensor([0] * 12 + [1] * 4)):.2f} bits" in answer(2)


def test_the_map_filled_by_hand():
    rows = re.findall(r"^ {8}(.*)$", EXERCISES, flags=re.MULTILINE)
    cells = [[float("nan") if cell == "?" else float(cell) for cell in row.split()] for row in rows]
    values = torch.tensor(cells)
    visible = ~values.isnan()
    with torch.inference_mode():
        filled = fill(values.nan_to_num()[None, None].clone(), rings_around(visible[None], 2))[0, 0]
    for column in (2, 3):
        assert ", ".join(f"{value:g}" for value in filled[:, column].tolist()) in " ".join(answer(4).split())


def test_the_sets_that_it_names_exist():
    named = set(re.findall(r"set=([\w-]+)", SHEET)) - {"my-lecture"}
    assert {"first-steps", "thirty-minutes", "sixty-minutes"} == named
    assert all((SHIPPED / f"{name}.toml").is_file() for name in named)
