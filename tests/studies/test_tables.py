"""The tables of docs/results.md: numbers as they are printed, and pages that fall behind."""

import importlib.util
from pathlib import Path

import pytest

from studies.tables import cells, published_masks
from studies.tables.published import bits, published

SCRIPT = Path(__file__).parents[2] / "docs" / "generate_results.py"


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("generate_results", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (cells.number(-0.001, 2), "0.00"),
        (cells.number(-1.25, 1), "−1.3"),
        (cells.percent(0.8765), "87.7 %"),
        (cells.interval((0.5, 0.25, 0.75), 2), "0.50 [0.25, 0.75]"),
        (cells.change((0.02, -0.01, 0.05), 1, 100), "+2.0 [−1.0, 5.0]"),
        (cells.change((-0.02, -0.04, -0.01), 1, 100), "**−2.0 [−4.0, −1.0]**"),
        (cells.change((0.0001, -0.01, 0.01), 1, 100), "0.0 [−1.0, 1.0]"),
    ],
)
def test_numbers(text, expected):
    assert text == expected


def test_methods_stand_in_one_order():
    assert cells.in_order(["layer_masking", "own", "greyout", "blackout"]) == [
        "blackout",
        "greyout",
        "own",
        "layer_masking",
    ]


def test_a_table_is_markdown():
    assert cells.table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_a_changed_number_is_seen_and_put_right(script, tmp_path, monkeypatch):
    page = tmp_path / "results.md"
    monkeypatch.setattr(script, "PAGE", page)
    made = script.TABLES["lime-scenes"]()
    text = "before\n\n<!-- table lime-scenes -->\n\n{}\n\n<!-- end -->\n\nafter\n"
    page.write_text(text.format(made), "utf-8")
    assert script.outdated() == []
    digit = next(each for each in made if each.isdecimal())
    page.write_text(text.format(made.replace(digit, str(9 - int(digit)), 1)), "utf-8")
    assert script.outdated() == ["lime-scenes"]
    assert script.results_page() == text.format(made)


def test_every_table_of_the_page_is_made(script):
    names = [name for _, name, _, _ in script.MARKED.findall(script.PAGE.read_text("utf-8"))]
    assert len(names) == len(set(names))
    assert set(names) <= script.TABLES.keys()


def test_published_values_have_a_source_and_agree_where_two_tables_print_them():
    everything = published()
    for section in everything.values():
        assert section["paper"]
    masks = everything["attribution_masks"]
    assert masks["table_6"]["gxsi"][:10] == masks["table_3"]["nib_vgg16"]
    assert masks["table_6"]["gxi"][:10] == masks["table_5"]["nib_gxi"]
    for row in everything["layer_masking"]["shape_bias"].values():
        if isinstance(row, list) and isinstance(row[0], list):
            for exact, broken, ratio in row:
                assert exact / broken == pytest.approx(ratio, abs=0.002)


def test_nats_become_bits():
    assert bits(0.6931471805599453) == pytest.approx(1.0)


def test_what_was_not_measured_is_said():
    assert "not measured: needs" in published_masks.students()
