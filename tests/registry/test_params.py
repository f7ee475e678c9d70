from dataclasses import dataclass

import pytest

from masking import METHODS, SEGMENTATIONS
from masking.registry.params import Param, check_params, param, param_values, params


@dataclass(frozen=True)
class Lamp:
    watts: float = param(40.0, "power", low=1, high=100, unit="W")
    colour: str = param("warm", "of the light", choices=("warm", "cold"))
    count: int = param(1, "how many", low=1)
    room: str = "kitchen"

    def __post_init__(self):
        check_params(self)


def test_a_field_knows_its_range_unit_and_meaning():
    watts, colour, count = params(Lamp)
    assert watts == Param("watts", 40.0, "power", 1, 100, "W", ())
    assert colour.choices == ("warm", "cold")
    assert count.high is None
    assert params(Lamp()) == params(Lamp)
    assert Lamp().watts == 40


def test_the_range_is_inclusive():
    assert Lamp(watts=1).watts == 1
    assert Lamp(watts=100).watts == 100


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"watts": 101}, "watts is 101; it must be between 1 and 100 W"),
        ({"watts": 0.9}, "watts is 0.9; it must be between 1 and 100 W"),
        ({"watts": float("nan")}, "watts is nan"),
        ({"count": 2.5}, "count is 2.5; give a whole number"),
        ({"watts": "40"}, "watts is '40'; give a number"),
        ({"colour": "green"}, "colour is 'green'; it must be one of warm, cold"),
        ({"count": 0}, "count is 0; it must be between 1 and inf"),
    ],
)
def test_what_lies_outside_is_refused(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        Lamp(**wrong)


@pytest.mark.parametrize("kind", [*METHODS.values(), *SEGMENTATIONS.values()], ids=lambda kind: kind.__name__)
def test_defaults_are_in_range_and_every_parameter_can_be_drawn(kind):
    instance = kind()
    for declared in params(kind):
        declared.check(getattr(instance, declared.name))
        assert declared.meaning
        assert declared.choices or (declared.low is not None and declared.high is not None)


@dataclass(frozen=True)
class Lamps:
    watts: tuple[float, ...] = param((40.0,), "of each", low=1, high=100, unit="W")
    colours: tuple[str, ...] = param(("warm",), "of each", choices=("warm", "cold"))

    def __post_init__(self):
        check_params(self)


def test_each_of_several_values_is_checked():
    assert [param.many for param in params(Lamps)] == [True, True]
    assert Lamps((1.0, 100.0), ("cold", "warm:shade=2")).watts == (1.0, 100.0)  # a name with parameters of its own
    for wrong in ({"watts": (1.0, 0.5)}, {"watts": ()}, {"watts": 5.0}, {"colours": ("warm", "hot")}):
        with pytest.raises(ValueError, match=r"watts is|colours is"):
            Lamps(**wrong)


def test_a_parameter_takes_no_endless_list():
    """Each value is as many rows for each image, and a link or a browser can send a million of them."""
    assert len(Lamps(tuple(1 + number / 10 for number in range(200))).watts) == 200
    with pytest.raises(ValueError, match="watts holds 1,000,000 values; give at most 200"):
        Lamps(tuple(map(float, range(1_000_000))))


def test_values_are_those_of_a_dataclass_and_of_nothing_else():
    assert param_values(Lamp(count=3))["count"] == 3
    assert param_values(object()) == {}
