"""Layer traces: every number against one worked out from the network itself."""

import copy
import csv
import io
import math

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from masking import METHODS, Classifier, Mask
from masking.layer_trace import FILLED, INPUT, MASKED, PLAIN, refusal, trace_layers, view_layer
from masking.layers import Masked, layer_masked

CATEGORIES = ["cat", "cup", "dog"]


def classifier_of(network: nn.Module, side: int, **settings) -> Classifier:
    return Classifier("toy", network, CATEGORIES, (side, side), (0.5,) * 3, (0.5,) * 3, **settings)


@pytest.fixture
def doubling() -> Classifier:
    """Twice the sum of the three colours, then its mean: everything can be worked out by hand."""
    conv = nn.Conv2d(3, 2, 1, bias=False)
    conv.weight.data = torch.stack([torch.full((3, 1, 1), 2.0), torch.full((3, 1, 1), -2.0)])
    head = nn.Linear(2, 3)
    head.weight.data, head.bias.data = torch.tensor([[1.0, 0], [0, 1], [0, 0]]), torch.zeros(3)
    return classifier_of(nn.Sequential(conv, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), head), 4)


@pytest.fixture
def left_half() -> Mask:
    """The right half of a 4x4 picture is hidden."""
    return Mask.box(4, 0, 2, 4, 2)


def two_tone(left: float, right: float) -> torch.Tensor:
    image = torch.full((1, 3, 4, 4), float(left))
    image[..., 2:] = right
    return image


def test_statistics_by_hand(doubling, left_half):
    image = two_tone(1.0, 0.0)
    image[0, :, 0, 0] = 0.5  # normalised: 1 in seven visible cells, 0 in one, −1 where hidden
    trace = trace_layers(doubling, image, left_half, "blackout")
    layer = trace.layers[1]
    assert (layer.name, layer.kind, layer.channels, layer.view.size) == ("0", "convolution 1×1", 2, (4, 4))
    assert layer.view.visible_share == 0.5
    plain, filled, masked = layer.view.statistics
    # Channels are 6 and −6 in seven cells, 0 and 0 in one.
    assert plain.mean == masked.mean == 0
    assert plain.std == pytest.approx(math.sqrt(36 * 14 / 16))
    assert (plain.shift, plain.spread, plain.distance) == (0, 1, 0)
    assert (filled, masked) == (plain, plain)  # 1×1: no cell looks at another
    assert layer.view.maps[PLAIN].tolist() == layer.view.maps[FILLED].tolist() == [[0] * 4] * 4
    assert layer.view.maps[MASKED].isnan().tolist() == [[False, False, True, True]] * 4


def test_shift_spread_and_distance_where_a_window_looks_across_the_rim(left_half):
    conv = nn.Conv2d(3, 1, (1, 3), padding=(0, 1), bias=False)
    conv.weight.data = torch.full((1, 3, 1, 3), 1 / 9)
    network = nn.Sequential(conv, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 3))
    view = trace_layers(classifier_of(network, 4), two_tone(1.0, 0.0), left_half, "blackout").layers[1].view
    # Normalised rows are 1 1 −1 −1. Sums over windows of three, divided by three; hidden cells of a masked run
    # take their neighbours' mean, 1. The windows at columns 0, 1 and 2 see a visible cell.
    assert view.keep.tolist() == [[True, True, True, False]] * 4
    assert view.maps[PLAIN, 0].tolist() == pytest.approx([2 / 3, 1 / 3, -1 / 3, -2 / 3])
    assert view.maps[MASKED, 0, :3].tolist() == pytest.approx([2 / 3, 1, 1])
    plain, _, masked = view.statistics
    values = torch.tensor([2 / 3, 1 / 3, -1 / 3])
    unit = values.std(correction=0).item()
    other = torch.tensor([2 / 3, 1, 1])
    assert plain.std == pytest.approx(unit)
    assert masked.shift == pytest.approx((other.mean() - values.mean()).item() / unit)
    assert masked.spread == pytest.approx(other.std(correction=0).item() / unit)
    assert masked.distance == pytest.approx((other - values).square().mean().sqrt().item() / unit)


def test_the_filled_run_is_the_classifier_on_the_filled_image(bundled):
    mask = Mask.random_patches(bundled.input_size, 0.4, 16, 1)
    image = torch.rand(1, 3, *bundled.input_size, generator=torch.Generator().manual_seed(0))
    seen = {}
    hook = bundled.network.stages[1].register_forward_hook(lambda *call: seen.update(stage=call[-1]))
    try:
        bundled(METHODS["greyout"]().fill(image, mask, bundled))
    finally:
        hook.remove()
    view = next(layer.view for layer in trace_layers(bundled, image, mask).layers if layer.name == "stages.1.1.relu:2")
    torch.testing.assert_close(view.maps[FILLED], seen["stage"][0].mean(0), atol=1e-5, rtol=1e-4)


def test_keeps_and_activations_are_the_engines_own(bundled):
    mask = Mask.random_patches(bundled.input_size, 0.7, 16, 2)
    image = torch.rand(1, 3, *bundled.input_size, generator=torch.Generator().manual_seed(1))
    layers = iter(trace_layers(bundled, image, mask).layers[1:])
    seen = []

    def watch(name, result):
        if "flatten" in name:
            return
        layer = next(layers)
        values = result.cleaned() if isinstance(result, Masked) else result
        keep = result.keep.cells[0, 0] if isinstance(result, Masked) else torch.ones(layer.view.size).bool()
        assert layer.view.keep.equal(keep), name
        if layer.view.is_map:
            ours = layer.view.maps[MASKED].nan_to_num(0.0)
            torch.testing.assert_close(ours, values[0].mean(0), atol=1e-4, rtol=1e-4)
        seen.append(layer.view.visible_share)

    with torch.no_grad():
        layer_masked(bundled.network)(bundled.normalise(image), mask.keep, watch)
    assert next(layers, None) is None
    assert trace_layers(bundled, image, mask).layers[0].view.visible_share == pytest.approx(0.3, abs=0.01)
    assert seen[-1] == 1


def test_one_channel_is_that_channel_and_a_vector_shows_its_channels(doubling, left_half):
    image = two_tone(1.0, 0.0)
    first, second = (view_layer(doubling, image, left_half, "0", channel, "blackout") for channel in (0, 1))
    assert first.maps[PLAIN, 0].tolist() == [6, 6, -6, -6]
    assert second.maps[PLAIN, 0].tolist() == [-6, -6, 6, 6]
    assert math.isnan(first.statistics[MASKED].shift)  # a plain run that is constant has no standard deviation
    assert view_layer(doubling, image, left_half, INPUT, 2).maps[PLAIN, 0].tolist() == [1, 1, -1, -1]
    pooled = trace_layers(doubling, image, left_half, "blackout").layers[3].view
    assert pooled.maps[..., 0].tolist() == [[3, 3], [3, 3], [6, 0]]  # masked: the mean of what is visible
    assert not pooled.is_map


@pytest.mark.parametrize(
    ("layer", "channel", "sentence"),
    [("0", 2, "0 has no channel 2; they go from 0 to 1"), ("9", 0, "there is no layer '9' in toy")],
)
def test_a_layer_or_channel_that_is_not_there(doubling, left_half, layer, channel, sentence):
    with pytest.raises(ValueError, match=sentence):
        view_layer(doubling, two_tone(1, 0), left_half, layer, channel)


def test_the_model_is_left_as_found(bundled):
    before = copy.deepcopy(bundled.network.state_dict())
    image = torch.rand(1, 3, *bundled.input_size)
    whole = bundled(image)
    trace_layers(bundled, image, Mask.empty(bundled.input_size))
    after = bundled.network.state_dict()
    assert all(after[name].equal(value) for name, value in before.items())
    assert not bundled.network.training
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in bundled.network.modules())
    assert bundled(image).equal(whole)


def test_progress_is_reported_and_can_stop_the_trace(doubling, left_half):
    shares = []
    trace_layers(doubling, two_tone(1, 0), left_half, on_step=shares.append)
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] < 1

    def stop(_):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        trace_layers(doubling, two_tone(1, 0), left_half, on_step=stop)


def test_a_hole_in_every_branch_leaves_nothing_and_says_where():
    class Strided(nn.Module):
        def __init__(self):
            super().__init__()
            self.skip = nn.Conv2d(3, 3, 1, stride=2)
            self.pool, self.head = nn.AdaptiveAvgPool2d(1), nn.Linear(3, 3)

        def forward(self, x):
            return self.head(self.pool(self.skip(x)).flatten(1))

    mask = ~Mask.box(4, 1, 1, 1, 1)  # the one visible pixel lies between the cells that a stride of 2 looks at
    trace = trace_layers(classifier_of(Strided(), 4), two_tone(1, 0), mask)
    assert trace.nothing_left == "skip"
    assert "At skip nothing is left to see" in trace.sentence


def test_the_table_has_a_line_per_layer(doubling, left_half):
    trace = trace_layers(doubling, two_tone(1, 0.3), left_half)
    rows = list(csv.DictReader(io.StringIO(trace.to_csv())))
    assert [row["layer"] for row in rows] == [layer.name for layer in trace.layers] == [INPUT, "0", "1", "2", "4"]
    assert [row["receptive_field"] for row in rows] == ["1", "1", "1", "4", "4"]
    assert float(rows[1]["greyout_mean"]) == trace.layers[1].view.statistics[FILLED].mean


def test_what_cannot_be_traced_is_a_sentence(doubling, left_half):
    vit = classifier_of(nn.Sequential(nn.Flatten(), nn.Linear(48, 3)), 4, family="vit")
    assert "transformer" in refusal(vit)
    with pytest.raises(ValueError, match="transformer"):
        trace_layers(vit, two_tone(1, 0), left_half)
    with pytest.raises(ValueError, match="layer_masking paints nothing"):
        trace_layers(doubling, two_tone(1, 0), left_half, "layer_masking")
    with pytest.raises(ValueError, match="one image and one mask, not 2"):
        trace_layers(doubling, two_tone(1, 0).repeat(2, 1, 1, 1), left_half)
    with pytest.raises(ValueError, match="mask is 4x4"):
        trace_layers(doubling, torch.zeros(1, 3, 8, 8), left_half)
    assert refusal(doubling) is None


@pytest.mark.parametrize("name", ["googlenet", "convnext_tiny", "mobilenet_v3_small", "shufflenet_v2_x0_5"])
def test_families_are_traced(name):
    """Single channels, channels last, gates and shuffled channels."""
    settings = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
    network = torchvision.models.get_model(name, weights=None, num_classes=3, **settings)
    toy = classifier_of(network, 64)
    trace = trace_layers(toy, torch.rand(1, 3, 64, 64), Mask.random_patches(64, 0.5, 16, 0))
    names = [layer.name for layer in trace.layers]
    assert len(set(names)) == len(names)
    sides = [layer.view.size for layer in trace.layers]
    assert all(rows == columns for rows, columns in sides)
    assert {(64, 64), (32, 32), (4, 4), (2, 2), (1, 1)} & set(sides) > {(64, 64), (2, 2), (1, 1)}
    assert all(torch.isfinite(layer.view.maps[:MASKED]).all() for layer in trace.layers)
    assert trace.layers[-1].channels == 3
    assert trace.layers[-1].view.size == (1, 1)


class Unusual(nn.Module):
    """Cells around maps, cells in one dimension, reductions of one side, and masks as values."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(3, 4, 3, stride=2), nn.GroupNorm(2, 4), nn.Linear(12, 3)

    def forward(self, x):
        x = self.norm(self.conv(F.pad(x, (0, 1, 0, 1))))
        x = torch.where(x > 0, x, 0.1 * x) * x.max(1, keepdim=True)[0].sigmoid()
        sequence = F.relu(x.flatten(2))
        return self.head(torch.cat([x.mean(3).mean(2), x.amax((2, 3)), sequence.mean(2)], 1))


def test_unusual_results_are_shown_where_they_are_maps():
    toy = classifier_of(Unusual(), 16)
    trace = trace_layers(toy, torch.rand(1, 3, 16, 16), Mask.box(16, 2, 2, 9, 9))
    sizes = {layer.name: layer.view.size for layer in trace.layers}
    assert sizes["conv"] == sizes["norm"] == sizes["where"] == sizes["relu"] == (8, 8)
    assert sizes["mean:2"] == sizes["amax"] == sizes["mean:3"] == (1, 1)
    assert "mean" not in sizes
    assert "gt" not in sizes
    reach = {layer.name: layer.reach for layer in trace.layers}
    assert reach["conv"].size == (3, 3)
    assert reach["norm"].size == (17, 17)


class Undrawable(nn.Module):
    """A network that torch.fx cannot draw, with weights that it computes."""

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(4, 2)

    def forward(self, x):
        assert x.shape[1] == 3
        weight = self.conv.weight / self.conv.weight.norm()
        y = F.conv2d(self.conv(x), weight[:, :, :, :1].mean(1, keepdim=True).expand(4, 4, 3, 1), padding=(1, 0))
        return self.head(F.max_pool2d(y, 2).mean((2, 3)))


def test_recorded_networks_have_layers_with_names():
    classifier, image = Classifier("undrawable", Undrawable(), "ab", (16, 16)), torch.rand(1, 3, 16, 16)
    trace = trace_layers(classifier, image, Mask.box(16, 4, 4, 6, 6))
    assert [layer.name for layer in trace.layers] == ["input", "conv", "conv2d", "max_pool2d", "mean", "head"]
    assert [layer.reach.size for layer in trace.layers[:4]] == [(1, 1), (3, 3), (5, 3), (6, 4)]
    assert view_layer(classifier, image, Mask.box(16, 4, 4, 6, 6), "conv2d", 0).size == (16, 16)
