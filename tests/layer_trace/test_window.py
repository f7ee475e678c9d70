"""The walk of a window: every number worked out again, cell by cell, from the picture, the mask and the weights."""

from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking import METHODS, Classifier, Mask
from masking.layer_trace import RUNS, walk_window
from masking.layers import Masked, layer_masked

SIDE = 24


class Network(nn.Module):
    """A first convolution behind what a function does to the picture, and a head."""

    def __init__(self, convolve, conv: nn.Conv2d, pad: tuple[int, int] = (0, 0)):
        super().__init__()
        self.conv, self.head, self.convolve, self.pad = conv, nn.Linear(conv.out_channels, 3), convolve, pad

    def forward(self, x):
        return self.head(F.relu(self.convolve(self.conv, x)).mean((2, 3)))


def stock(conv, x):
    return conv(x)


def padded_behind(conv, x):
    return conv(F.pad(x, (0, 1, 0, 1)))


def as_function(conv, x):
    return F.conv2d(x, conv.weight, conv.bias, stride=conv.stride, padding=conv.padding, dilation=conv.dilation)


NETWORKS = {
    "3x3": Network(stock, nn.Conv2d(3, 4, 3, padding=1), (1, 1)),
    "3x3, stride 2, padded as TensorFlow does": Network(padded_behind, nn.Conv2d(3, 4, 3, 2, bias=False)),
    "7x7, stride 2": Network(stock, nn.Conv2d(3, 4, 7, 2, padding=3), (3, 3)),
    "a function, dilated": Network(as_function, nn.Conv2d(3, 4, 3, padding=2, dilation=2), (2, 2)),
    "not square": Network(stock, nn.Conv2d(3, 4, (3, 5), padding=(0, 1)), (0, 1)),
    "one group for each colour": Network(stock, nn.Conv2d(3, 6, 3, padding=1, groups=3), (1, 1)),
}
MASKS = {
    "box": Mask.box(SIDE, 6, 9, 11, 10),
    "patches": Mask.random_patches(SIDE, 0.5, 4, 1),
    "corner": Mask.box(SIDE, 0, 0, 9, 8),
}


@pytest.fixture(params=NETWORKS, scope="module")
def classifier(request) -> Classifier:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        for module in NETWORKS[request.param].modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                module.reset_parameters()
    return Classifier("toy", NETWORKS[request.param], ["a", "b", "c"], (SIDE, SIDE), (0.4, 0.5, 0.6), (0.2, 0.3, 0.25))


@pytest.fixture
def image() -> torch.Tensor:
    return torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(5))


def fill_by_rounds(values: np.ndarray, visible: np.ndarray, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """Fill hidden cells with the mean of their known neighbours, literally: also the round in which each was filled."""
    values, known = np.where(visible, values, 0.0), visible.copy()
    when = np.where(visible, 0, -1)
    for number in range(1, rounds + 1):
        new, reached = values.copy(), known.copy()
        for y, x in np.argwhere(~known):
            around = [
                (y + dy, x + dx)
                for dy in (-1, 0, 1)
                for dx in (-1, 0, 1)
                if 0 <= y + dy < SIDE and 0 <= x + dx < SIDE and known[y + dy, x + dx]
            ]
            if around:
                new[:, y, x] = np.mean([values[:, a, b] for a, b in around], axis=0)
                reached[y, x], when[y, x] = True, number
        values, known = new, reached
    return values, when


def entering(classifier: Classifier, image: torch.Tensor, mask: Mask, fill: str) -> dict[str, np.ndarray]:
    """What enters the network in each run, and in which round each cell of the masked one was filled."""
    conv = classifier.network.conv
    painted = METHODS[fill]().fill(image, mask, classifier)
    whole, painted = (classifier.normalise(each)[0].double().numpy() for each in (image, painted))
    reach = max((k - 1) * d for k, d in zip(conv.kernel_size, conv.dilation, strict=True))
    filled, when = fill_by_rounds(whole, mask.keep[0, 0].numpy(), reach)
    return {"whole": whole, "painted": painted, "masked": filled, "when": when}


def dense_weight(conv: nn.Conv2d, channel: int) -> np.ndarray:
    weight = conv.weight[channel].detach().double().numpy()
    if conv.groups == 1:
        return weight
    dense = np.zeros((3, *conv.kernel_size))
    dense[channel // (conv.out_channels // conv.groups)] = weight[0]
    return dense


@pytest.mark.parametrize("mask", [MASKS["patches"], MASKS["corner"]], ids=["patches", "corner"])
def test_every_number_of_a_walk(classifier, image, mask):
    facts = walk_window(classifier, image, mask, "blackout").facts()
    cells, conv = entering(classifier, image, mask, "blackout"), classifier.network.conv
    weight = dense_weight(conv, facts["channel"])
    np.testing.assert_allclose(facts["weights"], weight, rtol=1e-4)
    bias = 0.0 if conv.bias is None else conv.bias[facts["channel"]].item()
    assert facts["bias"] == pytest.approx(bias, rel=1e-4)
    assert len(facts["stops"]) == 9
    around = 12  # cells outside the picture are 0, and marked as such
    outside = {run: np.pad(cells[run], ((0, 0), (around, around), (around, around))) for run in RUNS}
    when = np.pad(cells["when"], around, constant_values=-2)
    y, x = facts["top"] + around, facts["left"] + around
    window = slice(y, y + len(facts["rounds"])), slice(x, x + len(facts["rounds"][0]))
    assert facts["rounds"] == when[window].tolist()
    for run in RUNS:
        np.testing.assert_allclose(facts["cells"][run], outside[run][:, *window], rtol=1e-4, atol=1e-5)
    (down, right), (height, width) = facts["dilation"], facts["kernel"]
    for stop in facts["stops"]:
        reads = [
            [(stop["row"] + a * down + around, stop["column"] + b * right + around) for b in range(width)]
            for a in range(height)
        ]
        sees = any(when[cell] == 0 for line in reads for cell in line)
        for run in RUNS:
            added = [
                [float(weight[:, a, b] @ outside[run][:, *cell]) for b, cell in enumerate(line)]
                for a, line in enumerate(reads)
            ]
            np.testing.assert_allclose(stop["contributions"][run], added, rtol=1e-3, atol=1e-4)
            if run == "masked" and not sees:
                assert stop["answers"]["masked"] is None
            else:
                assert stop["answers"][run] == pytest.approx(np.sum(added) + bias, rel=1e-3, abs=1e-3)


def test_the_answers_are_the_engines_own(classifier, image):
    mask, conv = MASKS["box"], classifier.network.conv
    walk = walk_window(classifier, image, mask, "greyout")
    seen = {}

    def watch(_, result):
        if isinstance(result, Masked) and result.values.shape[1] == conv.out_channels and not seen:
            seen.update(values=result.values.clone(), keep=result.keep.cells[0, 0])

    with torch.no_grad():
        layer_masked(classifier.network)(classifier.normalise(image), mask.keep, watch)
        plain, painted = (
            classifier.network.convolve(conv, classifier.normalise(each))[0, walk.channel]
            for each in (image, METHODS["greyout"]().fill(image, mask, classifier))
        )
    for stop in walk.stops:
        whole, filled, masked = stop.answers
        assert whole == pytest.approx(plain[stop.row, stop.column].item(), abs=1e-5)
        assert filled == pytest.approx(painted[stop.row, stop.column].item(), abs=1e-5)
        assert (masked is not None) == bool(seen["keep"][stop.row, stop.column])
        if masked is not None:
            assert masked == pytest.approx(seen["values"][0, walk.channel, stop.row, stop.column].item(), abs=1e-5)


def test_channel_and_averages_are_those_of_all_windows_at_the_edge(classifier, image):
    mask, conv = MASKS["box"], classifier.network.conv
    walk = walk_window(classifier, image, mask, "blackout")
    cells = entering(classifier, image, mask, "blackout")
    with torch.no_grad():
        answers = [
            classifier.network.convolve(conv, torch.from_numpy(cells[run]).float()[None])[0].double().numpy()
            for run in RUNS
        ]
    top, left = classifier.network.pad
    across = np.zeros(answers[0].shape[1:], bool)
    for row, column in np.ndindex(*across.shape):
        read = {
            bool(mask.keep[0, 0, y, x])
            for a in range(conv.kernel_size[0])
            for b in range(conv.kernel_size[1])
            if 0 <= (y := row * conv.stride[0] - top + a * conv.dilation[0]) < SIDE
            and 0 <= (x := column * conv.stride[1] - left + b * conv.dilation[1]) < SIDE
        }
        across[row, column] = len(read) == 2
    spread = answers[0].std((1, 2))
    off = [np.abs(each - answers[0])[:, across].mean(1) / spread for each in answers[1:]]
    assert walk.windows == across.sum()
    assert walk.channel == off[0].argmax()
    assert walk.off_by == pytest.approx([each[walk.channel] for each in off], rel=1e-3)
    assert walk.spread == pytest.approx(spread[walk.channel], rel=1e-3)


def test_a_walk_leads_from_the_visible_part_into_the_hole(classifier, image):
    facts = walk_window(classifier, image, Mask.box(SIDE, 0, 11, SIDE, 13), "mean_colour").facts()
    first, *_, last = (stop["answers"] for stop in facts["stops"])
    assert first["whole"] == first["painted"] == pytest.approx(first["masked"], abs=1e-4)
    assert last["masked"] is None
    reads = [(stop["row"], stop["column"]) for stop in facts["stops"]]
    steps = {(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(reads)}
    assert len(steps) == 1  # a straight walk


def test_fills_can_be_compared_at_the_same_place(classifier, image):
    walks = [walk_window(classifier, image, MASKS["patches"], fill, "blackout") for fill in ("blackout", "greyout")]
    black, grey = ([(walk.channel, stop.row, stop.column) for stop in walk.stops] for walk in walks)
    assert black == grey
    assert walks[0].off_by[1] == walks[1].off_by[1]
    assert walks[0].off_by[0] != walks[1].off_by[0]


def test_neighbour_fill_is_layer_masking_in_the_first_layer(classifier, image):
    walk = walk_window(classifier, image, MASKS["box"], "neighbour_fill")
    assert walk.off_by[0] == pytest.approx(walk.off_by[1], abs=1e-5)


def toy(network: nn.Module) -> Classifier:
    return Classifier("toy", network, ["a", "b", "c"], (SIDE, SIDE))


def classify(*layers: nn.Module, width: int = 4) -> Classifier:
    return toy(nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 3)))


@pytest.mark.parametrize(
    ("mask", "sentence"),
    [(Mask.full(SIDE), "nothing is hidden"), (Mask.empty(SIDE), "everything is hidden")],
)
def test_a_mask_without_an_edge_is_a_sentence(image, mask, sentence):
    with pytest.raises(ValueError, match=sentence):
        walk_window(classify(nn.Conv2d(3, 4, 3)), image, mask)


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ([nn.Conv2d(3, 4, 1)], "no window of 0, 1×1 cells, lies across an edge"),
        ([nn.AvgPool2d(2), nn.Conv2d(3, 4, 3)], "something else comes between"),
        ([nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect")], "something else comes between"),
        ([nn.ReLU()], "no convolution"),
    ],
)
def test_networks_without_a_window_on_the_picture_are_refused(image, layers, sentence):
    width = getattr(layers[-1], "out_channels", 3)
    with pytest.raises(ValueError, match=sentence):
        walk_window(classify(*layers, width=width), image, MASKS["box"])


def test_what_is_cell_by_cell_may_come_before(image):
    shifted = classify(nn.BatchNorm2d(3), nn.Conv2d(3, 4, 3, padding=1))
    facts = walk_window(shifted, image, MASKS["box"], "blackout").facts()
    assert facts["layer"] == "1"
    assert facts["stops"][-1]["answers"]["masked"] is None
