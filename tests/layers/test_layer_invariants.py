"""What must hold for any network, image and mask."""

import copy
import threading
from functools import cache

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from masking.layers import layer_masked
from tests.layers.dense_networks import calibrated
from tests.layers.sample_masks import patches


class Functional(nn.Module):
    """Written with functions and operators only: a residual sum, a gate, a concatenation, pools."""

    def __init__(self):
        super().__init__()
        self.weights = nn.ParameterList(
            [torch.randn(8, c, k, k) / (c * k * k) ** 0.5 for c, k in ((3, 5), (8, 3), (8, 1))]
        )
        self.register_buffer("scale", torch.rand(1, 8, 1, 1) + 0.5)
        self.head = nn.Parameter(torch.randn(10, 16))

    def forward(self, x):
        x = F.relu(F.conv2d(x, self.weights[0], stride=2, padding=2)) * self.scale
        x = F.max_pool2d(x, 3, 2, 1)
        y = F.silu(F.conv2d(x, self.weights[1], padding=1))
        y += x
        y = y * torch.sigmoid(F.adaptive_avg_pool2d(y, 1))
        z = torch.cat([F.avg_pool2d(y, 2), F.conv2d(y, self.weights[2], stride=2)], 1)
        return F.linear(z.mean((2, 3)), self.head)


class Modern(nn.Module):
    """Explicit padding, norms over cells, gates by reductions of every kind, resampling and crops."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2)
        self.norms = nn.ModuleList([nn.GroupNorm(2, 8), nn.InstanceNorm2d(8, affine=True), nn.LocalResponseNorm(3)])
        self.blur = nn.Conv2d(8, 8, 3, stride=2, padding=1, padding_mode="reflect", groups=8)
        self.up = nn.ConvTranspose2d(8, 8, 4, 2, 1)
        self.gate = nn.Conv2d(2, 1, 3, padding=1)
        self.score = nn.Conv2d(8, 1, 1)
        self.head = nn.Linear(40, 10)

    def forward(self, x):
        x = F.gelu(self.norms[0](self.stem(F.pad(x, (0, 1, 0, 1)))))
        y = self.norms[2](self.up(self.blur(F.max_pool2d(F.pad(x, (0, 1, 0, 1)), 2, 1))))
        y = torch.lerp(x, torch.maximum(x, y), 0.7) + F.interpolate(F.avg_pool2d(x, 2), scale_factor=2, mode="bilinear")
        y = y * self.gate(torch.cat([y.mean(1, keepdim=True), y.max(1, keepdim=True)[0]], 1)).sigmoid()
        norms = torch.norm(y, p=2, dim=(2, 3), keepdim=True)
        y = self.norms[1](y * norms / (norms.mean(1, keepdim=True) + 1e-6))[:, :, 1:-1, 1:-1]
        y = torch.log(y.square() + 1) / (y.exp() + 1)
        context = (y.flatten(2) * self.score(y).flatten(2).softmax(2)).sum(2)
        pooled = [y.mean(3).mean(2), y.amax((2, 3)), y.std((2, 3)), y.flatten(2).sum(-1) / y.shape[2] ** 2, context]
        return self.head(torch.cat(pooled, 1))


NETWORKS = ["functional", "modern", "resnet18", "squeezenet1_1", "densenet121", "mobilenet_v2", "shufflenet_v2_x0_5"]


@cache
def network_named(name):
    return (
        {"functional": Functional, "modern": Modern}[name]().eval()
        if name in NETWORKS[:2]
        else calibrated(name).float()
    )


SIZE = 64

masks = st.builds(
    lambda seed, patch, share: torch.manual_seed(seed) and patches(2, SIZE, patch, share),
    st.integers(0, 2**20), st.sampled_from([2, 8, 16]), st.floats(0.02, 0.98),
)  # fmt: skip


def images(n=2):
    return torch.randn(n, 3, SIZE, SIZE)


def assert_same(ours, theirs):
    """To 1e-5 of the largest output, if that is above 1: float32 holds seven digits."""
    torch.testing.assert_close(ours, theirs, atol=1e-5 * max(1.0, theirs.abs().max().item()), rtol=1e-5)


@pytest.fixture(params=NETWORKS, scope="module")
def network(request):
    return network_named(request.param)


@pytest.fixture(params=["neighbour", "partial"], scope="module")
def engine(request, network):
    return layer_masked(network, convolution=request.param)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_all_visible_is_the_plain_network(network, engine, layout):
    x = images().contiguous(memory_format=layout)
    with torch.no_grad():
        assert torch.equal(engine(x, torch.ones(2, 1, SIZE, SIZE).bool()), network(x))


@given(keep=masks)
@settings(deadline=None, max_examples=4)
@torch.no_grad()
def test_hidden_pixels_do_not_matter(engine, keep):
    x = images()
    outputs = [engine(torch.where(keep, x, hidden), keep) for hidden in (x, 1e6 * images(), torch.tensor(torch.nan))]
    assert outputs[0].isfinite().all()
    assert torch.equal(outputs[0], outputs[1])
    assert torch.equal(outputs[0], outputs[2])


@given(keep=masks)
@settings(deadline=None, max_examples=3)
@torch.no_grad()
def test_one_by_one_is_the_same_as_together(engine, keep):
    x = images()
    together, one_mask = engine(x, keep), engine(x, keep[:1])
    for i in range(2):
        assert_same(engine(x[i : i + 1], keep[i : i + 1])[0], together[i])
        assert_same(engine(x[i : i + 1], keep[:1])[0], one_mask[i])


@torch.no_grad()
def test_whole_images_beside_masked_ones(network, engine):
    x, keep = (
        images(3),
        torch.cat([torch.ones(1, 1, SIZE, SIZE).bool(), patches(1, SIZE, 8), torch.zeros(1, 1, SIZE, SIZE).bool()]),
    )
    mixed = engine(x, keep)
    assert_same(mixed[:1], network(x[:1]))
    assert_same(mixed[1:2], engine(x[1:2], keep[1:2]))


@torch.no_grad()
def test_all_hidden_is_finite_and_the_same_for_every_image(engine):
    output = engine(images(), torch.zeros(1, 1, SIZE, SIZE).bool())
    assert output.isfinite().all()
    assert torch.equal(output[0], output[1])


def test_gradients_reach_visible_pixels_only(engine):
    x, keep = images().requires_grad_(), patches(2, SIZE, 8)
    (gradient,) = torch.autograd.grad(engine(x, keep).square().sum(), x)
    assert (gradient[(~keep).expand_as(x)] == 0).all()
    assert gradient[keep.expand_as(x)].abs().max() > 0
    with torch.no_grad():
        torch.testing.assert_close(engine(x, keep), engine(x.detach(), keep))


def test_a_mask_seen_in_inference_mode_serves_gradients_later(engine):
    x, keep = images().requires_grad_(), patches(2, SIZE, 8)
    with torch.inference_mode():
        before = engine(x, keep)
    after = engine(x, keep)
    torch.testing.assert_close(after, before.clone())
    (gradient,) = torch.autograd.grad(after.square().sum(), x)
    assert gradient.abs().max() > 0


def test_network_and_inputs_are_left_as_found(network, engine):
    x, keep = images().contiguous(memory_format=torch.channels_last), patches(2, SIZE, 8)
    before, state, attributes = x.clone(), copy.deepcopy(network.state_dict()), set(vars(network))
    with torch.no_grad():
        engine(x, keep)
    engine(x, keep).sum()
    assert torch.equal(x, before)
    assert all(torch.equal(state[name], value) for name, value in network.state_dict().items())
    assert set(vars(network)) == attributes
    assert not network.training
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in network.modules())
    assert all(p.requires_grad and p.grad is None for p in network.parameters())


def test_threads_share_a_network_that_is_being_traced_for_the_first_time():
    network = calibrated("resnet18").float()
    x, keep = images(1), patches(1, SIZE, 8)
    outputs = []

    def masked():
        with torch.no_grad():
            outputs.append(("masked", layer_masked(network)(x, keep)))

    def plain():
        for _ in range(5):
            with torch.no_grad():
                outputs.append(("plain", network(x)))

    threads = [threading.Thread(target=target) for target in (plain, masked, plain, masked)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {"masked": layer_masked(network)(x, keep), "plain": network(x)}
    assert len(outputs) == 12
    for kind, output in outputs:
        torch.testing.assert_close(output, expected[kind])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@torch.no_grad()
def test_half_precision(dtype):
    x, keep = images(), patches(2, SIZE, 8)
    network = copy.deepcopy(network_named("resnet18"))
    exact = layer_masked(network)(x, keep)
    half = layer_masked(network.to(dtype))(x.to(dtype), keep)
    assert half.dtype == dtype
    torch.testing.assert_close(half.float(), exact, atol=0.1, rtol=0.1)
