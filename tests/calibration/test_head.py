"""A head: where it belongs, what it does to logits, and its file."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import save
from torch import nn

from masking import CalibrationHead, Classifier
from masking.calibration import classifier_digest

K = 3


def classifier(seed: int = 0, mean: float = 0.5) -> Classifier:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, K))
    return Classifier("toy", network, "abc", (8, 8), (mean,) * 3, (0.5,) * 3)


def head(heads: int = 1, form: str = "matrix", **manifest) -> CalibrationHead:
    generator = torch.Generator().manual_seed(1)
    size = (heads, K, K) if form == "matrix" else (heads, K)
    weight = torch.randn(size, generator=generator, dtype=torch.float64)
    bias = torch.randn(heads, K, generator=generator, dtype=torch.float64)
    facts = {"network": classifier_digest(classifier()), "method": "blackout", "classifier": "toy", **manifest}
    return CalibrationHead(weight, bias, (0.2, 0.8) if heads == 2 else (0.5,), facts)


@pytest.mark.parametrize("form", ["matrix", "diagonal"])
def test_it_maps_what_has_hidden_pixels_and_leaves_the_rest_bitwise(form):
    made, logits = head(form=form), torch.randn(3, K)
    corrected = made.apply(logits, torch.tensor([0.0, 0.1, 1.0]))
    weight = made.weight[0] if form == "matrix" else made.weight[0].diag()
    expected = (logits.double() @ weight.T + made.bias[0]).float()
    assert torch.equal(corrected[0], logits[0])
    assert torch.allclose(corrected[1:], expected[1:])
    assert corrected.dtype == logits.dtype
    assert made.form == form


def test_the_head_of_the_nearest_share_applies():
    made, logits = head(2), torch.randn(4, K)
    corrected = made.apply(logits, torch.tensor([0.01, 0.49, 0.51, 1.0]))
    for row, number in enumerate([0, 0, 1, 1]):
        expected = (logits[row].double() @ made.weight[number].T + made.bias[number]).float()
        assert torch.allclose(corrected[row], expected)


def test_half_precision_stays_and_gradients_pass():
    logits = torch.randn(1, K, dtype=torch.float16, requires_grad=True)
    corrected = head().apply(logits, torch.ones(1))
    assert corrected.dtype == torch.float16
    (gradient,) = torch.autograd.grad(corrected[0, 0], logits)
    assert torch.allclose(gradient[0].double(), head().weight[0, 0], atol=1e-2)


@pytest.mark.parametrize("logits", [torch.zeros(2, K + 1), torch.zeros(K)])
def test_other_numbers_of_classes_are_refused(logits):
    with pytest.raises(ValueError, match=r"the calibration is for 3 classes but the logits are \(.*\); fit it again"):
        head().apply(logits, torch.ones(2))


def test_it_belongs_to_one_network_and_one_method():
    made = head()
    made.check(classifier(), "blackout")
    with pytest.raises(ValueError, match="the calibration of blackout does not fit greyout; fit one of greyout"):
        made.check(classifier(), "greyout")
    with pytest.raises(ValueError, match=r"does not fit blackout:x=1"):
        made.check(classifier(), "blackout:x=1")
    for other in (classifier(seed=1), classifier(mean=0.4)):
        with pytest.raises(ValueError, match=r"other weights or another normalisation \(toy\), not to toy; fit one to"):
            made.check(other, "blackout")


def test_a_changed_weight_changes_the_digest_of_a_network():
    changing = classifier()
    before = classifier_digest(changing)
    assert before == classifier_digest(classifier())
    with torch.no_grad():
        changing.network[2].bias += 1
    assert classifier_digest(changing) != before


@pytest.mark.parametrize("form", ["matrix", "diagonal"])
@pytest.mark.parametrize("heads", [1, 2])
def test_a_file_holds_all_of_it(form, heads):
    made = head(heads, form, loss_before=[2.5], data={"folder": "ä"})
    same = CalibrationHead.from_bytes(made.to_bytes())
    assert torch.equal(same.weight, made.weight)
    assert torch.equal(same.bias, made.bias)
    assert (same.shares, dict(same.manifest), same.digest) == (made.shares, dict(made.manifest), made.digest)


def test_equal_digests_mean_equal_answers():
    made = head()
    assert made.digest == head(loss_before=[7]).digest
    others = [head(2), head(form="diagonal"), head(method="greyout"), replace(made, bias=made.bias + 1e-9)]
    assert len({made.digest, *(other.digest for other in others)}) == 5


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"weight": torch.zeros(1, K, K).double() * torch.nan}, "it holds NaN or infinite values"),
        ({"bias": torch.full((1, K), torch.inf).double()}, "it holds NaN or infinite values"),
        ({"weight": torch.zeros(1, K, 2).double()}, r"its weight is \(1, 3, 2\) beside a bias of \(1, 3\)"),
        ({"weight": torch.zeros(1, K, K)}, "its tensors are not float64"),
        ({"bias": torch.zeros(K).double()}, "its tensors have wrong dimensions"),
        (
            {"weight": torch.zeros(2, K).double(), "bias": torch.zeros(2, K).double()},
            "it holds 2 maps for the shares 0.5",
        ),
        ({"shares": (1.5,)}, "it holds 1 maps for the shares 1.5"),
        ({"shares": ()}, "it holds 1 maps for the shares none"),
    ],
)
def test_damaged_tensors_are_refused(change, reason):
    with pytest.raises(ValueError, match=rf"the calibration of blackout is damaged \({reason}\); fit it again"):
        replace(head(), **change)


@pytest.mark.parametrize(
    "data",
    [b"", b"junk", head().to_bytes()[:200], save({"weight": torch.zeros(2)}), save({}, {"calibration": "[]"})],
    ids=["empty", "junk", "cut off", "other tensors", "no tensors"],
)
def test_other_files_are_refused(data):
    with pytest.raises(ValueError, match="it is no calibration file, or it is damaged"):
        CalibrationHead.from_bytes(data)
