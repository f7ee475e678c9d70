"""Options of a network from files, specifications and command lines: one reading each, or one sentence."""

import pytest

from masking.runtime.network_options import read_options


@pytest.mark.parametrize("size", [[64, 48], (64, 48), "64x48", "64 × 48", "64,48"])
def test_sizes_are_height_and_width(size):
    assert read_options({"input_size": size}) == {"input_size": (64, 48)}


@pytest.mark.parametrize("size", [64, "64", [64], " 64 "])
def test_one_number_is_a_square(size):
    assert read_options({"input_size": size}) == {"input_size": (64, 64)}


@pytest.mark.parametrize("mean", [0.5, "0.5", [0.5]])
def test_one_number_stays_one_as_for_grey_images(mean):
    assert read_options({"mean": mean, "std": None}) == {"mean": (0.5,)}


@pytest.mark.parametrize("std", [[0.5, 0.4, 1], "0.5, 0.4, 1"])
def test_three_numbers_are_colours(std):
    assert read_options({"std": std}) == {"std": (0.5, 0.4, 1.0)}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"input_size": "big"}, "input_size is 'big'; write one number of pixels such as 64"),
        ({"input_size": [64, 64, 3]}, "input_size is"),
        ({"input_size": 0}, "input_size is 0"),
        ({"input_size": 64.5}, "input_size is 64.5"),
        ({"input_size": True}, "input_size is True"),
        ({"mean": [0.5, 0.5]}, "mean is .*; write one number, or three for red, green and blue"),
        ({"mean": [0.5, None, 0.5]}, "mean is"),
        ({"mean": "grey"}, "mean is 'grey'"),
        ({"mean": "nan"}, "mean is 'nan'"),
        ({"mean": [123.7, 116.3, 103.5]}, "pictures are in .0, 1. here, so divide what belongs to 0 … 255 by 255"),
        ({"std": [0.5, 0, 0.5]}, "std is .*; divisors are above 0"),
        ({"resize": "256"}, "resize is '256'; write a number of pixels"),
        ({"resize": True}, "resize is True"),
        ({"interpolation": "cubic"}, "interpolation is 'cubic'; choose from nearest, nearest-exact, bilinear, bicubic"),
        ({"arguments": ["width"]}, "arguments is .*; write a table such as"),
        ({"output": 1.5}, "output is 1.5; write the index or the name"),
        ({"transform_input": "yes"}, "transform_input is 'yes'; write true or false"),
    ],
)
def test_what_cannot_be_meant_is_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_options(options)
