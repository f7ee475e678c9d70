"""Our LIME beside two others: the lime package, and captum's, on the same segments, samples and greyout."""

import numpy as np
import pytest
import torch

from masking import lime

SAMPLES, TARGET = 120, 3


@pytest.fixture(scope="module")
def explanation(bundled, photograph):
    return lime(bundled, photograph, "greyout", TARGET, "slic", SAMPLES, seed=7)


@pytest.fixture(scope="module")
def probabilities(bundled):
    """Images (n, h, w, 3) to probabilities (n, classes), as the lime package wants them."""

    def answer(images):
        return bundled(torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)).double().softmax(1).numpy()

    return answer


class Given:
    """Stands in for a random state: its numbers are our samples."""

    def __init__(self, z):
        self.z = z

    def randint(self, low, high, size):
        assert (low, high, size) == (0, 2, self.z.numel())
        return self.z.int().numpy().flatten()


def test_the_lime_package_agrees(explanation, probabilities, bundled):
    from lime.lime_image import LimeImageExplainer

    explainer = LimeImageExplainer(random_state=0)
    explainer.random_state = Given(explanation.z)
    package_explanation = explainer.explain_instance(
        explanation.image[0].permute(1, 2, 0).numpy(),
        probabilities,
        labels=(TARGET,),
        top_labels=None,
        hide_color=bundled.mean.flatten().numpy(),
        num_samples=SAMPLES,
        batch_size=32,
        segmentation_fn=lambda _: explanation.segments.numpy(),
        random_seed=0,
    )
    theirs = dict(package_explanation.local_exp[TARGET])
    coefficients = torch.tensor([theirs[segment] for segment in range(len(theirs))], dtype=torch.double)
    assert torch.allclose(explanation.coefficients, coefficients, atol=1e-5)
    assert explanation.coefficients.abs().max() > 1e-2  # or agreeing on zeros would be agreeing
    assert explanation.intercept == pytest.approx(package_explanation.intercept[TARGET], abs=1e-5)
    assert explanation.r2 == pytest.approx(package_explanation.score, abs=1e-4)


def test_the_fit_is_the_lime_packages_to_the_last_digits(explanation):
    """The same answers, so that only the arithmetic of the fit can differ."""
    from lime.lime_image import LimeImageExplainer
    from sklearn.metrics import pairwise_distances

    z = explanation.z.int().numpy()
    distances = pairwise_distances(z, z[:1], metric="cosine").ravel()
    base = LimeImageExplainer(random_state=0).base
    answers = explanation.probabilities[:, None].numpy()
    intercept, weights, score, _ = base.explain_instance_with_data(z, answers, distances, 0, 100_000)
    ours = [(segment, explanation.coefficients[segment].item()) for segment, _ in weights]
    assert [weight for _, weight in weights] == pytest.approx([weight for _, weight in ours], abs=1e-12)
    assert explanation.intercept == pytest.approx(intercept, abs=1e-12)
    assert explanation.r2 == pytest.approx(score, abs=1e-12)
    assert np.allclose(base.kernel_fn(distances), explanation.weights.numpy(), atol=1e-12)


@pytest.mark.parametrize("count", [1, 4, 9])
def test_k_lasso_chooses_what_the_lime_package_chooses(explanation, count):
    from lime.lime_image import LimeImageExplainer

    base = LimeImageExplainer(random_state=0).base
    z, weights = explanation.z.double().numpy(), explanation.weights.numpy()
    theirs = base.feature_selection(z, explanation.probabilities.numpy(), weights, count, "lasso_path")
    sparse = explanation.sparse(count)
    assert sparse.nonzero().flatten().tolist() == sorted(theirs.tolist())
    assert 1 <= len(theirs) <= count


def test_captum_agrees(explanation, bundled):
    from captum._utils.models.linear_model import SkLearnRidge
    from captum.attr import Lime

    rows = iter(explanation.z.float())

    def nearness(original, perturbed, z, **_):
        distance = 1 - torch.nn.functional.cosine_similarity(z, torch.ones_like(z))
        return torch.exp(-(distance**2) / (2 * 0.25**2))

    coefficients = Lime(
        lambda image: bundled(image).softmax(1),
        interpretable_model=SkLearnRidge(alpha=1.0),
        similarity_func=nearness,
        perturb_func=lambda *_, **__: next(rows)[None],
    ).attribute(
        explanation.image,
        target=TARGET,
        baselines=bundled.mean.expand_as(explanation.image),
        feature_mask=explanation.segments[None, None].expand_as(explanation.image),
        n_samples=SAMPLES,
        perturbations_per_eval=32,
        return_input_shape=False,
    )
    assert torch.allclose(coefficients[0].double(), explanation.coefficients, atol=1e-4)
