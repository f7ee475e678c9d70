"""A student's answers to its teacher's masks, against both asked by hand."""

import pytest
import torch

from masking import attribution_masks, load_classifier
from masking.attribution import run_control
from masking.benchmarks.protocol.experiment import make_experiment
from masking.benchmarks.specification.loaded_spec import load_spec
from masking.benchmarks.specification.spec import spec_from

TEACHER = "silhouettes/nib-vgg"


@pytest.fixture(scope="module")
def loaded():
    values = {"iterations": 2, "controls": ["true_label", "wrong_label", "predicted_label"]}
    return load_spec(spec_from({"experiment": "student_teacher", "settings": values, "count": 3, "device": "cpu"}))


@pytest.fixture(scope="module")
def rows(loaded):
    return loaded.compute(0, lambda _: None).rows


def column(rows, name, of):
    rows_of_control = [row for row in rows if row["control"] == name]
    return torch.tensor([[row[of] for row in rows_of_control if row["iteration"] == step] for step in range(3)])


def test_the_student_answers_what_the_teacher_masked(loaded, rows):
    teacher, block = load_classifier(TEACHER), loaded.read_shard(0)
    for name in ("true_label", "wrong_label", "predicted_label"):
        if name == "true_label":
            masks, expected = attribution_masks(teacher, block.images, block.labels, "gxsi", 2), block.labels
        else:
            given = (block.images, block.labels, block.seed, block.seeds)
            masks, expected = run_control(name, teacher, *given, attribution="gxsi", iterations=2)
        with torch.inference_mode():
            seen = torch.stack([loaded.classifier.network(masks.normalised(step)) for step in range(3)])
        assert torch.equal(column(rows, name, "hit"), (seen.argmax(-1) == expected).long())
        wanted = seen.double().softmax(-1)[:, torch.arange(3), masks.target]
        assert torch.allclose(column(rows, name, "probability").double(), wanted, atol=1e-4)


def test_without_a_mask_it_sees_the_plain_picture(loaded, rows):
    block = loaded.read_shard(0)
    plain = loaded.classifier(block.images).argmax(1) == block.labels
    for name in ("true_label", "wrong_label", "predicted_label"):
        assert torch.equal(column(rows, name, "right")[0], plain.long())


def test_the_teacher_is_on_record(loaded):
    assert loaded.environment["teacher"] == load_classifier(TEACHER).weights_digest


def test_an_unfit_teacher_is_refused(loaded):
    small = make_experiment("student_teacher", {"teacher": "cifar10/nib-vgg16-slim"})
    assert "knows other classes than silhouettes/resnet" in small.refuses(loaded.classifier)
    with pytest.raises(KeyError, match="did you mean silhouettes/nib-vgg"):
        make_experiment("student_teacher", {"teacher": "silhouettes/nib-vg"}).refuses(loaded.classifier)
