import pytest
from PIL import ImageFont

from masking.results import lettering
from masking.results.lettering import load_font, printable, shorten, text_width, wrap

PANDA = "n02510455 giant panda, panda, panda bear, coon bear, Ailuropoda melanoleuca"


@pytest.mark.parametrize("text", ["R² − 0.5 … “cat” → 71.9 % × σ ≥", "Größe, résumé, Ελληνικά, Кот, עברית"])
def test_the_font_has_the_signs_and_letters_that_results_use(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("猫 🐈‍⬛🐈", "? ?"),
        ("a\nb\tc  d\0\u202e\u200b", "a b c d"),
        ("e\u0301", "é"),
        ("①Ａ", "①A"),
        ("", ""),
    ],
)
def test_no_box_stands_for_a_missing_character(text, expected):
    assert printable(text) == expected


def test_without_the_font_signs_have_substitutes(monkeypatch):
    monkeypatch.setattr(lettering, "find_spec", lambda name: None)
    caches = load_font, lettering._substitute
    for cache in caches:
        cache.cache_clear()
    try:
        assert isinstance(load_font(13), ImageFont.FreeTypeFont)
        assert printable("R² −1 → é 猫") == "R2 -1 -> e ?"
    finally:
        for cache in caches:
            cache.cache_clear()


@pytest.mark.parametrize("text", [PANDA, "a" * 200, "猫" * 80, "one two three"])
@pytest.mark.parametrize("width", [40, 131.5, 400])
def test_lines_fit_and_lose_nothing(text, width):
    lines = wrap(text, width, 13)
    assert all(text_width(line, 13) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_as_many_lines_as_allowed():
    assert wrap(PANDA, 150, 13, lines=2)[-1].endswith("…")
    assert len(wrap(PANDA, 150, 13, lines=2)) == 2
    assert wrap("short", 150, 13, lines=2) == ["short"]
    assert wrap("", 150, 13) == []


def test_a_shortened_text_is_as_long_as_fits():
    short = shorten(PANDA, 200, 13)
    assert text_width(short, 13) <= 200 < text_width(PANDA[: len(short) + 2], 13)
    assert short.endswith("…")
    assert PANDA.startswith(short[:-1])
    assert shorten("a  b", 200, 13) == "a b"
    assert shorten("abc", 0, 13) == "…"
