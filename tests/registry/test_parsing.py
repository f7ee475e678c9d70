from dataclasses import dataclass

import pytest

from masking import METHODS, SEGMENTATIONS
from masking.registry.params import param, params
from masking.registry.parsing import parse_entry, parse_value


def test_a_name_alone_keeps_the_defaults():
    assert parse_entry(SEGMENTATIONS, "slic") == SEGMENTATIONS["slic"]()
    assert parse_entry(SEGMENTATIONS, "slic:") == SEGMENTATIONS["slic"]()


def test_parameters_take_their_own_types():
    assert parse_entry(SEGMENTATIONS, "slic: count = 100, compactness=5") == SEGMENTATIONS["slic"](100, 5.0)
    assert parse_entry(METHODS, "greyout:grey=middle") == METHODS["greyout"](grey="middle")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("slick", "there is no segmentation 'slick'; did you mean slic"),
        ("slic:cuont=3", "segmentation 'slic' has no parameter 'cuont'; did you mean count"),
        ("slic:count=many", "count is 'many'; give a whole number"),
        ("slic:count", "count is ''; give a whole number"),
        ("slic:compactness=soft", "compactness is 'soft'; give a number"),
        ("slic:compactness=nan", "compactness is nan; it must be between"),
        ("slic:count=1", "count is 1; it must be between"),
    ],
)
def test_what_cannot_be_read_is_refused(text, sentence):
    with pytest.raises((KeyError, ValueError)) as error:
        parse_entry(SEGMENTATIONS, text)
    assert sentence in error.value.args[0]


def test_entries_without_parameters_say_so():
    with pytest.raises(ValueError, match="masking method 'blackout' has no parameter 'grey'; it has none"):
        parse_entry(METHODS, "blackout:grey=0")


@dataclass(frozen=True)
class Shelf:
    woods: tuple[str, ...] = param(("oak",), "of boards")
    widths: tuple[float, ...] = param((1.0,), "of boards", low=0)
    open: bool = param(False, "whether it has no door", choices=(False, True))


def test_several_values_and_yes_or_no_are_read():
    _, widths, is_open = params(Shelf)
    assert parse_value(widths, "1, 2.5") == (1.0, 2.5)
    assert parse_value(widths, "") == ()
    assert [parse_value(is_open, text) for text in ("yes", "False", "1")] == [True, False, True]
    for declared, text in ((widths, "1,wide"), (is_open, "perhaps")):
        with pytest.raises(ValueError, match="; give "):
            parse_value(declared, text)


def test_a_name_among_several_keeps_all_its_parameters():
    woods, *_ = params(Shelf)
    assert parse_value(woods, "oak, pine:age=3, cut=a:b,ash:age=1,elm") == (
        "oak",
        "pine:age=3,cut=a:b",
        "ash:age=1",
        "elm",
    )
