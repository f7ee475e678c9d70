"""What cannot run is refused before it becomes a run."""

import pytest

from masking import METHODS, load_classifier
from masking.benchmarks.engines import ENGINES
from masking.benchmarks.specification import feasibility
from masking.benchmarks.specification.feasibility import check_spec, classifier_to_check, without_impossible
from masking.benchmarks.specification.spec import spec_from

VIT, CIFAR = "silhouettes/vit", "cifar10/nib-vgg16-slim"
IMPOSSIBLE = {
    "a method": ("patch_removal", {"methods": ["greyout", "layer_masking"]}, VIT, "is for convolutional networks"),
    "a method of a judge": ("lime_ablation", {"judges": ["token_dropping"]}, "silhouettes/resnet", "token dropping"),
    "an attribution": ("mia", {"attributions": ["guided_backpropagation"]}, VIT, "is defined for ReLU"),
    "an attribution's method": (
        "mia",
        {"attributions": ["occlusion:method=layer_masking"]},
        VIT,
        "is for convolutional networks",
    ),
    "an attribution's patch": (
        "mia",
        {"attributions": ["occlusion:patch=512"]},
        "silhouettes/resnet",
        "one patch of 512 pixels covers the whole 128x128 image",
    ),
    "a teacher of other classes": ("student_teacher", {"teacher": CIFAR}, "silhouettes/nib-vgg", "knows other classes"),
    "no teacher": ("student_teacher", {"teacher": "silhouettes/nib"}, "silhouettes/nib-vgg", "did you mean"),
    "a transformer": ("linearity", {}, VIT, "is a transformer"),
    "more parts than segments": ("linearity", {"methods": ["blackout"]}, CIFAR, "into 4 segments; ask for at most"),
    "one segment": ("lime_agreement", {"methods": ["blackout"]}, "tiny", "one single segment"),
    "a patch": ("patch_removal", {"patch": 200}, "silhouettes/resnet", "the patch is 200 px wide"),
    "classes": ("mia", {}, CIFAR, "knows the class of none of the first"),
    "a world": ("reliance_error", {"methods": ["blackout"]}, CIFAR, "knows the class of none of the first"),
}


@pytest.mark.parametrize(("experiment", "settings", "name", "sentence"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_a_classifier_cannot_run_is_refused(experiment, settings, name, sentence, monkeypatch):
    spec = spec_from(
        {"experiment": experiment, "settings": settings, "classifier": {"name": CIFAR if name == "tiny" else name}}
    )
    classifier = classifier_to_check(spec)
    if name == "tiny":
        classifier.input_size = (16, 16)
    monkeypatch.setattr(feasibility, "PROBED", 3)
    with pytest.raises((ValueError, KeyError)) as error:
        check_spec(spec, classifier)
    assert sentence in error.value.args[0]


def test_what_can_run_passes():
    for experiment in ("patch_removal", "linearity", "student_teacher", "reliance_error", "mia"):
        check_spec(spec_from({"experiment": experiment, "classifier": {"name": "silhouettes/nib-vgg"}}))


def test_images_beyond_the_data_are_refused(tmp_path, photograph):
    photograph.save(tmp_path / "one.png")
    data = {"source": "folder", "settings": {"path": str(tmp_path)}}
    check_spec(spec_from({"experiment": "patch_removal", "data": data, "count": 50}))  # as many as there are
    with pytest.raises(ValueError, match="there are 1 images; begin before image 1"):
        check_spec(spec_from({"experiment": "patch_removal", "data": data, "first": 1}))


def test_weights_are_not_downloaded_to_find_out(monkeypatch):
    monkeypatch.setattr(feasibility, "needs_download", lambda name: "resnet18-f37072fd.pth")
    spec = spec_from({"experiment": "patch_removal", "classifier": {"name": "resnet18"}})
    assert classifier_to_check(spec).name == "resnet18 (untrained)"
    with pytest.raises(ValueError, match="token dropping"):
        check_spec(spec_from({**spec.model_dump(), "settings": {"methods": ["token_dropping"]}}))


@pytest.mark.parametrize(
    ("name", "left_out"), [("silhouettes/resnet", "token_dropping"), (VIT, "layer_masking"), (VIT, "inpaint")]
)
def test_all_methods_are_those_that_can_run(name, left_out):
    settings = {"methods": list(METHODS), "judges": list(METHODS)}
    spec = spec_from({"experiment": "lime_ablation", "settings": settings, "classifier": {"name": name}})
    kept = without_impossible(spec, {"methods", "judges"}, classifier := load_classifier(name)).settings
    possible = [method for method in METHODS if METHODS[method]().supports(classifier) is None]
    assert kept["methods"] == kept["judges"] == possible
    assert (left_out in possible) == (left_out == "inpaint")


def test_a_missing_package_is_missed_before_the_run(monkeypatch):
    ray = ENGINES["ray"]()
    monkeypatch.setattr("masking.benchmarks.engines.ray.find_spec", lambda name: None)
    assert ray.refuses() == "the engine ray needs Ray; `pip install ray`"
    monkeypatch.setattr("masking.benchmarks.engines.ray.find_spec", lambda name: name)
    assert ray.refuses() is None
    assert ENGINES["local"]().refuses() is None
