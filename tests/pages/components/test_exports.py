"""Files have telling names that every system can store."""

import pytest

from pages.components.exports import LONGEST_NAME, file_name


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("compare", "Chelsea the cat", "tiger cat", "50 %"), "compare-chelsea-the-cat-tiger-cat-50pct.png"),
        (("compare", "Chelsea", "62.5%", "patch 16"), "compare-chelsea-62.5pct-patch-16.png"),
        (("lime", "", "star"), "lime-star.png"),
        (("lime", "Kätzchen & Größe", "blur:sigma=8.0"), "lime-katzchen-and-grosse-blur-sigma-8.0.png"),
        (("lime", "猫🐈", "cat"), "lime-cat.png"),
        (("mask", "../../etc/passwd", "..", "a.b. "), "mask-etc-passwd-a-b.png"),
        (("mask", 'n02123045 tabby, "tabby cat"\n\0'), "mask-n02123045-tabby-tabby-cat.png"),
        (("猫",), "file.png"),
    ],
)
def test_a_name_names_its_parts(parts, name):
    assert file_name(*parts, ending="png") == file_name(*parts, ending=".png") == name


def test_a_long_name_is_cut_behind_a_word():
    panda = "giant panda, panda, panda bear, coon bear, Ailuropoda melanoleuca"
    assert file_name("compare", panda, ending="csv") == "compare-giant-panda-panda-panda-bear.csv"
    assert file_name("compare", "a" * 300, ending="csv") == f"compare-{'a' * 28}.csv"
    assert len(file_name("compare", *["many words"] * 40, ending="csv")) <= LONGEST_NAME + 4


def test_names_differ_where_settings_differ():
    names = {file_name("compare", "cat", share, ending="png") for share in ("2.5 %", "25 %", "0.25 %")}
    assert len(names) == 3
