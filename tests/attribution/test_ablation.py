import csv
import io
import json

import pytest
import torch

from masking import METHODS, Mask, lime
from masking.attribution import ablate, cross_evaluate, judge
from tests.attribution.linear_toy import IMAGE, QUARTERS, Patches

ORDER = Patches.WEIGHTS.argsort(descending=True, stable=True)
BLACKOUT = METHODS["blackout"]()


@pytest.fixture(scope="module")
def explanation(patches):
    return lime(patches, IMAGE, "blackout", "yes", QUARTERS, samples=400)


def test_a_linear_classifier_loses_the_weight_of_what_is_hidden(patches):
    curve = ablate(patches, IMAGE, QUARTERS, ORDER, BLACKOUT, 0, steps=None)
    lost = torch.cat([torch.zeros(1), Patches.WEIGHTS[ORDER].cumsum(0)]).double()
    assert curve.removed.tolist() == list(range(17))
    assert torch.equal(curve.hidden, torch.arange(17).double() / 16)
    assert torch.allclose(curve.probability, 0.2 + Patches.WEIGHTS.double().sum() - lost, atol=1e-6)
    assert curve.kept.tolist() == [True] + [False] * 16
    assert curve.predicted.tolist() == [0] + [1] * 16


@pytest.mark.parametrize(("steps", "removed"), [(2, [0, 16]), (5, [0, 4, 8, 12, 16]), (99, list(range(17)))])
def test_a_curve_of_fewer_steps_has_points_of_the_whole_one(patches, steps, removed):
    whole, curve = (ablate(patches, IMAGE, QUARTERS, ORDER, BLACKOUT, 0, n, batch=3) for n in (None, steps))
    assert curve.removed.tolist() == removed
    assert torch.allclose(curve.probability, whole.probability[curve.removed])


@pytest.mark.parametrize("method", ["greyout", "layer_masking"])
def test_each_step_is_the_methods_answer_to_that_mask(bundled, photograph, method):
    explained = lime(bundled, photograph, method, samples=20)
    curve = judge(bundled, explained, METHODS[method](), steps=6).most_first
    for step in (0, 2, 5):
        hidden = explained.order[: int(curve.removed[step])]
        mask = Mask.from_segments(explained.segments, hidden.tolist())
        logits = METHODS[method]().logits(bundled, explained.image, mask)[0]
        assert torch.allclose(curve.logits[step], logits, atol=1e-4)
        assert curve.hidden[step].item() == pytest.approx(mask.hidden_share)


def test_the_right_order_is_judged_best(patches, explanation):
    right = judge(patches, explanation, BLACKOUT, steps=None)
    assert right.insertion - right.deletion == right.separation > 0.3
    opposite = judge(patches, explanation.for_target(1), BLACKOUT, steps=None)
    assert opposite.separation == pytest.approx(right.separation, abs=0.01)


def test_least_salient_first_reads_backwards_as_insertion(patches, explanation):
    least = judge(patches, explanation, BLACKOUT, steps=None).least_first
    for step in range(17):
        shown = explanation.order[: 16 - step]
        mask = ~Mask.from_segments(QUARTERS, shown.tolist())
        expected = BLACKOUT.logits(patches, IMAGE, mask).softmax(1)[0, 0].item()
        assert least.probability[step].item() == pytest.approx(expected, abs=1e-6)


def test_every_explanation_meets_every_referee(bundled, photograph):
    methods = ("greyout", "layer_masking", "blackout")
    explanations = {name: lime(bundled, photograph, name, samples=60) for name in methods[:2]}
    progress = []
    evaluation = cross_evaluate(bundled, explanations, methods, steps=5, on_verdict=lambda *step: progress.append(step))
    assert progress == [(done, 6) for done in range(1, 7)]
    assert (evaluation.explained, evaluation.referees) == (list(methods[:2]), list(methods))
    alone = judge(bundled, explanations["layer_masking"], METHODS["greyout"](), steps=5)
    assert evaluation.matrix("deletion")[1, 0].item() == pytest.approx(alone.deletion)
    assert torch.allclose(evaluation.matrix(), evaluation.matrix("insertion") - evaluation.matrix("deletion"))
    assert evaluation.agreement.diagonal().tolist() == pytest.approx([1, 1, 1])
    rows = list(csv.DictReader(io.StringIO(evaluation.to_csv())))
    assert [(row["explained_under"], row["ablated_under"]) for row in rows] == list(evaluation.verdicts)
    curves = json.loads(evaluation.to_json())
    assert len(curves[3]["most_salient_first"]["probability"]) == 5


def test_it_may_be_cancelled(patches, explanation):
    progress = []

    def cancel(done):
        progress.append(done)
        if done > 17:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        judge(patches, explanation, BLACKOUT, None, batch=10, on_batch=cancel)
    assert progress == [10, 17, 27]


def test_what_cannot_be_ablated_gets_a_sentence(patches, explanation):
    with pytest.raises(ValueError, match="name each of the 16 segments once"):
        ablate(patches, IMAGE, QUARTERS, ORDER[:5], BLACKOUT, 0)
    with pytest.raises(ValueError, match="name each of the 16 segments once"):
        ablate(patches, IMAGE, QUARTERS, ORDER.clamp(max=14), BLACKOUT, 0)
    with pytest.raises(ValueError, match="1 steps are too few for a curve"):
        ablate(patches, IMAGE, QUARTERS, ORDER, BLACKOUT, 0, steps=1)
    with pytest.raises(ValueError, match="one image and one class"):
        cross_evaluate(patches, {"yes": explanation, "no": explanation.for_target(1)}, ["blackout"])
