import pytest
import torch
from torch import nn

from masking.models.mean_free_batch_norm import MeanFreeBatchNorm2d


def literally(x, gamma, eps=1e-5):
    """As written: the mean is subtracted inside the variance, and nowhere else."""
    variance = ((x - x.mean((0, 2, 3), keepdim=True)) ** 2).mean((0, 2, 3))
    return gamma[:, None, None] * x / torch.sqrt(variance + eps)[:, None, None], variance


@pytest.fixture
def norm():
    torch.manual_seed(0)
    module = MeanFreeBatchNorm2d(5).double()
    nn.init.uniform_(module.weight, 0.5, 1.5)
    return module


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_training_is_the_formula_and_so_is_its_gradient(norm, layout):
    x = (3 * torch.randn(4, 5, 6, 7, dtype=torch.float64) + 2).to(memory_format=layout).requires_grad_()
    expected, _ = literally(x, norm.weight)
    normalised, incoming = norm(x), torch.randn_like(expected)
    torch.testing.assert_close(normalised, expected, rtol=1e-12, atol=1e-12)
    ours = torch.autograd.grad(normalised, (x, norm.weight), incoming)
    theirs = torch.autograd.grad(expected, (x, norm.weight), incoming)
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


def test_the_running_variance_is_unbiased_and_there_is_no_running_mean(norm):
    x = torch.randn(4, 5, 6, 7, dtype=torch.float64) + 2
    norm(x)
    cells = 4 * 6 * 7
    wanted = 0.9 + 0.1 * literally(x, norm.weight)[1] * cells / (cells - 1)
    torch.testing.assert_close(norm.running_var, wanted, rtol=1e-12, atol=0)
    assert norm.running_mean.count_nonzero() == norm.bias.count_nonzero() == 0
    assert norm.num_batches_tracked == 1
    assert [name for name, _ in norm.named_parameters()] == ["weight"]


def test_halves_learn_too(norm):
    x = torch.randn(4, 5, 6, 7).bfloat16().requires_grad_()
    normalised = norm.float()(x)
    assert normalised.dtype == torch.bfloat16
    torch.testing.assert_close(normalised.float(), literally(x.float(), norm.weight)[0], rtol=0.02, atol=0.02)
    normalised.sum().backward()
    assert x.grad.isfinite().all()


def test_a_constant_channel_stays_finite(norm):
    x = torch.zeros(2, 5, 3, 3, dtype=torch.float64, requires_grad=True)
    norm(x).sum().backward()
    assert x.grad.isfinite().all()
    assert norm.running_var.isfinite().all()


def test_evaluation_is_the_stock_module_bit_for_bit(norm):
    x = torch.randn(4, 5, 6, 7, dtype=torch.float64) + 2
    for _ in range(3):
        norm(x)  # so that there are statistics
    stock = nn.BatchNorm2d(5).double()
    stock.load_state_dict(norm.state_dict())
    assert torch.equal(norm.eval()(x), stock.eval()(x))
    assert not torch.allclose(norm.train()(x), stock.train()(x))  # it subtracts the batch's mean
