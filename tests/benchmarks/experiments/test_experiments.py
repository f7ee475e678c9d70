"""What every experiment promises, tested over the registry; new ones are tested without a line here."""

import json

import pytest
import torch

from masking import BENCHMARKS, METHODS, load_classifier
from masking.benchmarks.protocol.experiment import Curve, Experiment, Key, configure, make_experiment
from masking.benchmarks.protocol.methods_experiment import MethodsExperiment
from masking.benchmarks.specification.loaded_spec import load_spec
from masking.benchmarks.specification.spec import spec_from
from masking.registry.params import params

SMALL = {
    "lime_ablation": {"samples": 12, "steps": 3},
    "lime_agreement": {"samples": 12, "methods": ["blackout", "layer_masking"]},
    "mia": {"iterations": 2},
    "linearity": {"draws": 1, "parts": [2, 3]},
    "shape_leakage": {"holes": ["exact", "transplanted", "blob"]},
    "student_teacher": {"iterations": 1},
    "throughput": {"repeats": 1, "shares": [0.5]},
    "patch_removal": {"shares": [0.0, 0.5], "orders": ["random", "most_salient_first", "least_salient_first"]},
}
"""Settings that make an experiment quick; others run as they are."""


@pytest.fixture(scope="module")
def load_experiment():
    """Load an experiment on three scenes in shards of two and one."""
    kept = {}

    def get(name):
        if name not in kept:
            document = {"experiment": name, "settings": SMALL.get(name, {}), "count": 3, "block": 2, "device": "cpu"}
            kept[name] = load_spec(spec_from(document))
        return kept[name]

    return get


def nothing(forwards):
    del forwards


@pytest.mark.parametrize("name", BENCHMARKS)
def test_rows_are_whole_and_the_same_again(name, load_experiment):
    loaded = load_experiment(name)
    first, second = loaded.compute(0, nothing), loaded.compute(1, nothing)
    keys = [key.name for key in loaded.experiment.keys]
    rows = first.rows + second.rows
    assert len({(row["image"], *(row[key] for key in keys)) for row in rows}) == len(rows) > 0
    assert {row["image"] for row in rows} <= set(loaded.indices)
    assert json.loads(json.dumps(rows)) == rows
    assert first.forwards > 0
    if not loaded.experiment.timed:
        assert loaded.compute(0, nothing).rows == first.rows


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_cancel_is_heard_and_the_classifier_left_as_found(name, load_experiment):
    loaded = load_experiment(name)
    state = {key: value.clone() for key, value in loaded.classifier.state_dict().items()}

    def cancel(forwards):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loaded.compute(0, cancel)
    assert not loaded.classifier.training
    assert all(torch.equal(value, state[key]) for key, value in loaded.classifier.state_dict().items())
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in loaded.classifier.parameters())


@pytest.mark.parametrize("name", BENCHMARKS)
def test_an_experiment_says_what_it_is(name):
    kind = BENCHMARKS[name]
    assert kind.title
    assert kind.meaning.endswith((".", "?"))
    assert kind.source
    assert kind.curves
    assert all(outcome.meaning.endswith(".") and outcome.unit for outcome in kind.outcomes)
    assert all(setting.meaning for setting in params(kind))
    assert make_experiment(name, {}) == kind()


def test_an_experiment_on_methods_refuses_for_every_setting_that_names_some():
    experiment = make_experiment("lime_ablation", {"methods": ["greyout"], "judges": ["token_dropping"]})
    assert isinstance(experiment, MethodsExperiment)
    assert experiment.method_names == ("greyout", "token_dropping")
    reason = METHODS["token_dropping"]().supports(load_classifier("silhouettes/resnet"))
    assert experiment.refuses(load_classifier("silhouettes/resnet")) == reason
    assert experiment.refuses(load_classifier("silhouettes/vit")) is None


def test_a_curve_of_something_undeclared_is_seen():
    with pytest.raises(ValueError, match="draws colour, which is not declared"):

        class Wrong(Experiment):
            keys = (Key("method", "Method", ""),)
            outcomes = ()
            curves = (Curve("method", ("colour",)),)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"share": [0]}, "has no setting 'share'; did you mean shares"),
        ({"shares": [2]}, "shares is 2.0; it must be between 0 and 1"),
        ({"shares": []}, r"shares is \(\); give one value or more"),
        ({"shares": ["much"]}, "shares is 'much'; give a number"),
        ({"patch": 1.5}, "patch is 1.5; give a whole number"),
        ({"patch": True}, "patch is True; give a whole number"),
        ({"methods": ["blackuot"]}, "methods is 'blackuot'; it must be one of"),
        ({"methods": ["greyout:gray=mean"]}, "has no parameter 'gray'; did you mean grey"),
    ],
)
def test_wrong_settings_are_refused_in_a_sentence(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        make_experiment("patch_removal", settings)


def test_settings_come_in_the_type_of_their_defaults():
    experiment = configure(BENCHMARKS["patch_removal"], {"shares": 1, "patch": 8.0}, "it")
    assert experiment.shares == (1.0,)
    assert isinstance(experiment.shares[0], float)
    assert isinstance(experiment.patch, int)


@pytest.mark.parametrize(
    ("experiment", "classifier", "data", "sentence"),
    [
        ("linearity", "silhouettes/vit", {}, "silhouettes/vit is a transformer"),
        ("patch_removal", "silhouettes/vit", {}, "is for convolutional networks"),
        ("shape_leakage", "silhouettes/resnet", {"source": "folder"}, "needs known objects"),
        ("reliance_error", "silhouettes/resnet", {"source": "folder"}, "needs known"),
    ],
)
def test_what_cannot_run_is_refused_before_it_begins(experiment, classifier, data, sentence, tmp_path, photograph):
    if data:
        photograph.resize((64, 64)).save(tmp_path / "a.png")
        data = {**data, "settings": {"path": str(tmp_path)}}
    document = {"experiment": experiment, "classifier": {"name": classifier}, **({"data": data} if data else {})}
    with pytest.raises(ValueError, match=sentence):
        load_spec(spec_from(document))


def test_shape_leakage_says_which_images_it_leaves_out():
    leakage = make_experiment("shape_leakage", {"holes": ["exact", "transplanted"]})
    counts = {"exact": 9, "transplanted": 7}
    aggregates = [{"hole": hole, "method": "blackout", "outcome": "accuracy", "n": n} for hole, n in counts.items()]
    exact, transplanted = leakage.notes(10, aggregates)
    assert exact == "Exact: 1 of 10 images are left out, because they show no object, or nothing else."
    assert transplanted.startswith("Transplanted: 3 of 10 images are left out")
    assert transplanted.endswith("or no other class stands in their block.")
    assert leakage.notes(9, aggregates[:1]) == []
    assert make_experiment("throughput", {}).notes(10, aggregates) == []
