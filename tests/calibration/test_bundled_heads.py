"""The calibrations that come with the project: one for each bundled classifier and common method, small and honest."""

import json

import pytest

from masking import METHODS, load_classifier
from masking.calibration import CalibrationHead
from masking.calibration.head_store import BUNDLED, head_file
from masking.models.packaged_networks import packaged_names
from masking.models.zoo import bundled

FILES = sorted(BUNDLED.glob("*.safetensors"))
MOST_BYTES = 32_768


@pytest.mark.parametrize("name", [*bundled(), *packaged_names()])
def test_every_bundled_classifier_has_them(name):
    classifier = load_classifier(name)
    own = "token_dropping" if classifier.family == "vit" else "layer_masking"
    for method in ("blackout", "greyout", own):
        assert METHODS["calibrated"](of=method).supports(classifier) is None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_says_where_it_is_from(path):
    head = CalibrationHead.from_bytes(path.read_bytes())
    facts = head.manifest
    assert path.name == head_file(head.network, head.method)
    assert path.stat().st_size < MOST_BYTES
    assert facts["loss_after"][0] < facts["loss_before"][0]
    assert head.form == ("matrix" if head.classes <= 64 else "diagonal")
    tried = {float(ridge): loss for ridge, loss in facts["cross_validated_loss"].items()}
    assert facts["settings"]["ridge"] == min(tried, key=tried.get)
    assert facts["loss_after"][0] < min(tried.values()) < facts["loss_before"][0], "it serves other pictures too"
    assert facts["images"] == (768 if head.classes <= 64 else 250)
    assert "/" not in json.dumps(facts).replace(facts["classifier"], ""), "no path of the machine that fitted it"
    assert facts["data"]["first"] >= (100_000 if facts["classifier"].startswith("silhouettes/") else 0)
