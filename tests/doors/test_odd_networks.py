"""Networks as people bring them, from the settings file and in Python: both say the same, on every verb."""

import json

import pytest
import torch

from masking import SEGMENTATIONS, Classifier, Mask, attribution_masks, compare, lime
from masking.benchmarks.storage.store import Store
from tests.doors import odd_networks
from tests.doors.entries import NETWORKS, SIZE

METHODS = ("blackout", "layer_masking")
every_network = pytest.mark.parametrize("name", NETWORKS)


@pytest.fixture
def make(categories):
    """Make the same classifier in Python as the settings file does."""

    def make(name):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            network = getattr(odd_networks, name)()
        names = categories[:2] if name == "one_logit" else categories
        normalisation = {"mean": (0.5,) * 3, "std": (0.5,) * 3}
        return Classifier.from_network(network, names, input_size=(SIZE, SIZE), name=f"odd/{name}", **normalisation)

    return make


@every_network
def test_compare(run, folder, make, name):
    code, out, err = run(
        "compare", "picture.png", "--patches", 0.4, "--patch", 8, "--classifier", f"odd/{name}", "--methods",
        ",".join(METHODS), "--device", "cpu", "--json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    classifier = make(name)
    mask = Mask.random_patches((SIZE, SIZE), 0.4, 8, 0)
    expected = json.loads(compare(classifier, folder / "picture.png", mask, METHODS).to_json())
    for ours, theirs in zip(json.loads(out)["predictions"], expected["predictions"], strict=True):
        assert (ours["method"], ours["predicted"]) == (theirs["method"], theirs["predicted"])
        assert ours["probability"] == pytest.approx(theirs["probability"], abs=1e-4)
    whole = compare(classifier, folder / "picture.png", Mask.full((SIZE, SIZE)), ("layer_masking",))
    assert torch.allclose(whole.masked["layer_masking"].logits, whole.whole.logits, atol=1e-4)
    assert whole.whole.logits.std() > 0.01


@every_network
def test_lime(run, folder, make, name):
    segments = ("--segments", "grid:patch=16", "--samples", 40)
    code, out, err = run(
        "lime", "picture.png", "--classifier", f"odd/{name}", *segments, "--target", "second", "--device", "cpu",
        "--json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    explanation = lime(make(name), folder / "picture.png", "layer_masking", None, SEGMENTATIONS["grid"](16), 40)
    second = int(explanation.logits[0].argsort(descending=True)[1])
    ours, expected = (
        {row["segment"]: row["coefficient"] for row in json.loads(text)["coefficients"]}
        for text in (out, explanation.for_target(second).to_json())
    )
    assert ours == pytest.approx(expected, abs=1e-3)
    assert len(ours) == 16


@every_network
def test_attribution_masks(run, folder, make, name):
    code, out, err = run(
        "attribution-mask", "picture.png", "--classifier", f"odd/{name}", "--iterations", 2, "--device", "cpu", "--json"
    )
    assert (code, err) == (0, "")
    rows = attribution_masks(make(name), folder / "picture.png", None, "gxsi", 2).rows
    for ours, theirs in zip(json.loads(out)["rows"], rows, strict=True):
        assert ours["probability"] == pytest.approx(theirs["probability"], abs=1e-3)


@every_network
def test_a_benchmark_run(run, folder, name):
    settings = ("--set", "shares=0.5", "--set", "patch=8", "--set", "methods=blackout,layer_masking")
    code, _, err = run(
        "bench", "run", "patch_removal", "--classifier", f"odd/{name}", "--count", 4, "--device", "cpu", *settings
    )
    assert code == 0, err
    with Store() as store:
        (stored,) = store.runs()
        assert stored.stored_state == "finished"
        assert {row["method"] for row in store.rows(stored)} == set(METHODS)
        assert stored.environment["weights"]
