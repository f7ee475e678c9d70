"""The method around another one: what it takes from it, when its head applies, and what it refuses."""

import pickle
from dataclasses import replace

import pytest
import torch

from masking import METHODS, CalibrationHead, Mask, load_classifier
from masking.calibration import classifier_digest, save_head
from masking.methods.calibrated import OTHERS, Calibrated
from masking.methods.method import method_facts
from masking.registry.params import param_values
from masking.registry.parsing import format_entry, parse_entry

IMAGE = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
MASK = Mask(torch.cat([Mask.full(64).keep, Mask.box(64, 8, 8, 30, 30).keep]))


@pytest.fixture(autouse=True)
def own_heads(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKING_HEADS", str(tmp_path))


def head(classifier, method: str, seed: int = 0) -> CalibrationHead:
    classes = len(classifier.categories)
    generator = torch.Generator().manual_seed(seed)
    weight = torch.eye(classes).double()[None] + 0.1 * torch.randn(1, classes, classes, generator=generator).double()
    facts = {"network": classifier_digest(classifier), "method": method}
    return CalibrationHead(weight, torch.ones(1, classes).double(), (0.5,), facts)


def test_every_other_method_can_be_calibrated():
    assert sorted(set(METHODS) - {"calibrated"}) == OTHERS
    assert METHODS["calibrated"]().of == "blackout"


@pytest.mark.parametrize("of", ["greyout", "layer_masking", "blur", "greyout:grey=middle"])
def test_the_head_corrects_what_the_other_method_answers(bundled, of):
    base, stored = parse_entry(METHODS, of), head(bundled, of)
    save_head(stored)
    method = METHODS["calibrated"](of=of)
    logits, expected = method.logits(bundled, IMAGE, MASK), base.logits(bundled, IMAGE, MASK)
    assert torch.equal(logits[0], expected[0]), "nothing is hidden"
    mapped = stored.weight[0] @ expected[1].double() + stored.bias[0]
    assert torch.allclose(logits[1].double(), mapped, atol=1e-5)
    assert torch.equal(method.blind(bundled, IMAGE, MASK), base.blind(bundled, IMAGE, MASK))
    assert (method.hides, method.family) == (base.hides, base.family)
    shown, theirs = method.picture(IMAGE, MASK, bundled), base.picture(IMAGE, MASK, bundled)
    assert (shown is None and theirs is None) or torch.equal(shown, theirs)


def test_words_name_it_with_the_parameters_of_the_other_method():
    method = parse_entry(METHODS, "calibrated:of=greyout:grey=middle")
    assert format_entry("calibrated", method) == "calibrated:of=greyout:grey=middle"
    assert param_values(method) == {"of": "greyout:grey=middle"}
    assert METHODS["calibrated"](**param_values(method)) == method
    assert Calibrated(of="greyout:grey=mean") == Calibrated(of="greyout")
    assert replace(method, of="blur").hides is False
    assert pickle.loads(pickle.dumps(method)).base == METHODS["greyout"](grey="middle")


@pytest.mark.parametrize(
    ("of", "error", "sentence"),
    [
        ("calibrated", ValueError, "of is 'calibrated'; it must be one of blackout"),
        ("grayout", ValueError, "did you mean greyout"),
        ("greyout:grey=dark", ValueError, "grey is 'dark'"),
        ("greyout:seed=1", ValueError, "has no parameter 'seed'"),
    ],
)
def test_what_it_cannot_be_of(of, error, sentence):
    with pytest.raises(error, match=sentence):
        METHODS["calibrated"](of=of)


def test_a_given_head_applies_whatever_the_store_holds(bundled):
    save_head(head(bundled, "greyout", 1))
    given = head(bundled, "greyout", 2)
    method = Calibrated.with_head(METHODS["greyout"](), given)
    assert method.state(bundled) == given.digest != METHODS["calibrated"](of="greyout").state(bundled)
    elsewhere = Calibrated.with_head(METHODS["greyout"](grey="middle"), head(bundled, "greyout"))
    assert "the calibration of greyout does not fit greyout:grey=middle" in elsewhere.supports(bundled)


def test_what_has_no_usable_head_is_refused_in_one_sentence(bundled):
    other = load_classifier("silhouettes/nib-vgg")
    method = METHODS["calibrated"](of="noise")
    assert "no calibration of noise has been fitted to silhouettes/nib-vgg; fit it with" in method.supports(other)
    assert method.state(other) == ""
    with pytest.raises(ValueError, match="no calibration of noise has been fitted"):
        method.logits(other, IMAGE, MASK)
    path = save_head(head(bundled, "noise"))
    path.write_bytes(path.read_bytes()[:100])
    assert "delete it or fit it again" in method.supports(bundled)
    assert method.state(bundled) == ""
    misplaced = Calibrated.with_head(METHODS["noise"](), head(bundled, "noise"))
    assert "not to silhouettes/nib-vgg" in misplaced.supports(other)
    assert "layer masking" in METHODS["calibrated"](of="layer_masking").supports(load_classifier("silhouettes/vit"))


def test_manifests_name_the_head(bundled):
    stored = head(bundled, "greyout")
    save_head(stored)
    methods = {"blackout": METHODS["blackout"](), "mine": METHODS["calibrated"](of="greyout")}
    assert method_facts(methods, bundled) == {
        "methods": {"blackout": {}, "mine": {"of": "greyout"}},
        "method_states": {"mine": stored.digest},
    }
    assert set(method_facts({"blackout": METHODS["blackout"]()}, bundled)) == {"methods"}
    before = methods["mine"].state(bundled)
    save_head(head(bundled, "greyout", 5))
    assert methods["mine"].state(bundled) != before, "a new fit is another state"
