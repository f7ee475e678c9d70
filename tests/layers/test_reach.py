"""Receptive fields and names, against small networks worked out by hand."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking.layers.reach import Reach, reaches
from masking.layers.steps import draw
from masking.layers.survey import computes, kind, names


def fields(network: nn.Module, sizes: dict, weights: dict | None = None) -> dict[str, tuple]:
    node_fields = reaches(draw(network.eval()).steps, sizes, weights or {})
    return {name: (*reach.size, *reach.stride) for name, reach in node_fields.items()}


def test_kernel_stride_and_dilation_add_up_along_a_chain():
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2),  # 3 wide, a step of 2
        nn.ReLU(),
        nn.Conv2d(4, 4, 3, dilation=2),  # 3 + 4 * 2
        nn.MaxPool2d(2),  # 11 + 2, a step of 4
        nn.Conv2d(4, 4, (1, 5)),  # columns 13 + 4 * 4
        nn.AvgPool2d(3, stride=1),  # + 2 * 4
    )
    sizes = {"0": (20, 20), "1": (20, 20), "2": (16, 16), "3": (8, 8), "4": (8, 4), "5": (6, 2)}
    sizes = {f"_{name}": size for name, size in sizes.items()}
    assert list(fields(network, sizes).values()) == [
        (1, 1, 1, 1), (3, 3, 2, 2), (3, 3, 2, 2), (11, 11, 2, 2), (13, 13, 4, 4), (13, 29, 4, 4), (21, 37, 4, 4),
    ]  # fmt: skip


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide, self.narrow, self.relu = nn.Conv2d(3, 3, 5, padding=2), nn.Conv2d(3, 3, 1), nn.ReLU()
        self.squeeze = nn.AdaptiveAvgPool2d(1)

    def forward(self, x):
        x = self.relu(self.wide(x) + self.narrow(x))
        gate = self.relu(self.squeeze(x))
        return torch.cat([x * gate, x], 1).flatten(1)


def test_where_paths_meet_the_longest_counts_and_a_gate_sees_the_whole_map():
    cells = dict.fromkeys(("x", "wide", "narrow", "add", "relu", "mul", "cat"), (16, 16))
    node_fields = fields(Branches(), cells | dict.fromkeys(("squeeze", "relu_1"), (1, 1)))
    assert node_fields["narrow"] == (1, 1, 1, 1)
    assert node_fields["add"] == node_fields["relu"] == (5, 5, 1, 1)
    assert node_fields["squeeze"] == (20, 20, 16, 16)  # 5 + 15: all windows of all cells
    assert node_fields["mul"] == node_fields["cat"] == (20, 20, 1, 1)  # the whole picture, but still a cell per pixel


class Functions(nn.Module):
    def __init__(self):
        super().__init__()
        self.kernel = nn.Parameter(torch.zeros(3, 3, 7, 7))

    def forward(self, x):
        x = F.conv2d(x, self.kernel, None, 2, padding=3)
        x = F.max_pool2d(x, 3, stride=2, padding=1)
        x = F.avg_pool2d(x, 2)
        return F.avg_pool2d(x, x.shape[2:]).flatten(1)  # a kernel known only on the way


def test_functions_are_read_like_modules():
    sizes = {"conv2d": (32, 32), "max_pool2d": (16, 16), "avg_pool2d": (8, 8), "avg_pool2d_1": (1, 1)}
    node_fields = fields(Functions(), sizes, {"kernel": (7, 7)})
    assert node_fields["conv2d"] == (7, 7, 2, 2)
    assert node_fields["max_pool2d"] == (11, 11, 4, 4)
    assert node_fields["avg_pool2d"] == (15, 15, 8, 8)
    assert node_fields["avg_pool2d_1"] == (15 + 7 * 8, 15 + 7 * 8, 64, 64)


@pytest.mark.parametrize(("before", "after", "size", "stride"), [(14, 7, 2, 2), (13, 6, 4, 2), (4, 7, 2, 1)])
def test_an_adaptive_pool_is_as_wide_as_its_widest_window(before, after, size, stride):
    network = nn.Sequential(nn.AdaptiveAvgPool2d(after))
    image = draw(network.eval()).steps[0].node.name
    assert fields(network, {image: (before, before), "_0": (after, after)})["_0"] == (size, size, stride, stride)


def chain(*layers, sizes):
    """Fields behind each layer of a chain, given the sizes of the maps behind the image and behind each."""
    network = nn.Sequential(*layers)
    image = draw(network.eval()).steps[0].node.name
    nodes = [image, *(f"_{k}" for k in range(len(layers)))]
    node_fields = fields(network, {name: (size, size) for name, size in zip(nodes, sizes, strict=True)})
    return [node_fields.get(name) for name in nodes[1:]]


def test_cells_around_a_map_add_nothing_to_a_field():
    conv = nn.Conv2d(3, 3, 3, stride=2)
    assert chain(nn.ZeroPad2d((0, 1, 0, 1)), conv, sizes=[16, 16, 8]) == [(1, 1, 1, 1), (3, 3, 2, 2)]
    assert chain(nn.ReflectionPad2d(1), conv, sizes=[16, 18, 8]) == [(1, 1, 1, 1), (3, 3, 2, 2)]


def test_enlargements_bring_cells_closer_together():
    conv = nn.Conv2d(3, 12, 3, stride=2, padding=1)
    assert chain(conv, nn.Upsample(scale_factor=2), sizes=[16, 8, 16])[1] == (3, 3, 1, 1)
    assert chain(conv, nn.Upsample(scale_factor=2, mode="bilinear"), sizes=[16, 8, 16])[1] == (5, 5, 1, 1)
    assert chain(conv, nn.PixelShuffle(2), sizes=[16, 8, 16])[1] == (3, 3, 1, 1)
    assert chain(conv, nn.ConvTranspose2d(12, 3, 4, 2, 1), sizes=[16, 8, 16])[1] == (5, 5, 1, 1)


def test_cells_at_fractions_of_pixels_have_no_field_and_neither_has_what_follows():
    pool = nn.AvgPool2d(2)
    assert chain(nn.Upsample(scale_factor=2), pool, sizes=[16, 32, 16]) == [None, None]
    assert chain(pool, nn.Upsample(scale_factor=2), nn.AvgPool2d(2), sizes=[16, 8, 16, 8])[2] == (3, 3, 2, 2)


@pytest.mark.parametrize("norm", [nn.GroupNorm(1, 3), nn.InstanceNorm2d(3), nn.LayerNorm((3, 16, 16))])
def test_norms_over_cells_see_the_whole_map(norm):
    assert chain(nn.Conv2d(3, 3, 3, padding=1), norm, sizes=[16, 16, 16])[1] == (18, 18, 1, 1)
    assert chain(nn.BatchNorm2d(3), sizes=[16, 16]) == [(1, 1, 1, 1)]


def test_a_crop_sees_the_same_cells():
    class Crop(nn.Module):
        def forward(self, x):
            return F.relu(x[:, :, 1:-1, 1:-1])

    node_fields = fields(Crop(), {"x": (16, 16), "getitem": (14, 14), "relu": (14, 14)})
    assert node_fields["relu"] == (1, 1, 1, 1)


def test_reach_is_pixels_at_first():
    assert Reach() == ((1, 1), (1, 1))


def test_names_are_paths_and_repeated_calls_are_numbered():
    network = Branches().eval()
    paths = names(draw(network).steps)
    assert paths["add"] == "add"
    assert paths["relu"] == "relu"
    assert paths["relu_1"] == "relu:2"
    outer = nn.Sequential(Branches()).eval()
    paths = names(draw(outer).steps)
    assert {"0.wide", "0.add", "0.mul", "0.relu:2"} <= set(paths.values())
    assert len(set(paths.values())) == len(paths)


def test_kinds_are_words():
    steps = {step.node.name: step for step in draw(Branches().eval()).steps}
    assert kind(steps["wide"].operation) == "convolution 5×5"
    assert kind(steps["add"].operation) == "sum"
    assert kind(steps["mul"].operation) == "product"
    assert kind(steps["cat"].operation) == "concatenation"
    assert kind(steps["relu"].operation) == kind(F.relu) == kind("relu_") == "ReLU"
    assert kind(steps["squeeze"].operation) == "average pool"
    assert kind(nn.MaxPool2d((3, 2))) == "max pool 3×2"
    assert kind(nn.ConvTranspose2d(3, 3, 4)) == "transposed convolution 4×4"
    assert kind(nn.GroupNorm(1, 3)) == kind(F.group_norm) == "group norm"
    assert kind(F.interpolate) == kind(nn.Upsample(scale_factor=2)) == "interpolation"
    assert kind(nn.AdaptiveMaxPool2d(1)) == kind(torch.max_pool2d) == "max pool"


def test_only_what_computes_is_a_layer():
    steps = {step.node.name: step for step in draw(Branches().eval()).steps}
    assert [name for name, step in steps.items() if not computes(step)] == ["x", "flatten", "output"]
