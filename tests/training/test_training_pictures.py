"""Training on stored pictures: epochs, and students of a teacher."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from masking import load_classifier
from masking.__main__ import main
from masking.training.batches import make_batches
from masking.training.recipe import Schedule, Teacher, read_recipe
from masking.training.teacher import TeacherMasks
from masking.training.training import train
from tests.training.tiny_pictures import NAMES, TINY, same

REPOSITORY = Path(__file__).parents[2]
STEPS = 6 * (90 // 16)
TEACHER = '[teacher]\nclassifier = "{}"\niterations = 2\n'


def header(path):
    with safe_open(path, "pt") as file:
        return json.loads(file.metadata()["classifier"])


def test_it_learns_and_the_file_opens_as_a_classifier(config, folder, tmp_path):
    steps, out = [], tmp_path / "tiny.safetensors"
    result = train(config, out, steps.append, data=folder, device="cpu")
    assert len(steps) == STEPS
    assert (result.tests, result.tested_on) == (40, "test pictures")
    assert result.accuracy > 0.9
    assert "of 40 test pictures" in str(result)
    about = header(out)
    assert about["categories"] == list(NAMES)
    assert about["data"]["source"] == "jpeg_archive"
    assert str(folder) not in json.dumps(about)  # that path means nothing elsewhere
    assert about["training"]["steps"] == STEPS
    assert about["accuracy"] == {"test_pictures": result.accuracy, "n": 40}
    assert "world" not in about
    classifier = load_classifier(str(out))
    assert classifier.input_size == (8, 8)
    torch.testing.assert_close(classifier.mean.flatten(), torch.tensor([0.5, 0.4, 0.3]))
    tests = make_batches(read_recipe(config, folder)).tests()
    right = torch.cat([classifier(batch.images).argmax(1) == batch.labels for batch in tests])
    assert right.double().mean().item() == pytest.approx(result.accuracy)


def test_the_command_line_trains(config, folder, tmp_path, monkeypatch, capsys):
    out = tmp_path / "tiny.safetensors"
    given = ["train", str(config), "--data", str(folder), "--out", str(out), "--device", "cpu", "--json"]
    monkeypatch.setattr(sys, "argv", ["masking", *given])
    with pytest.raises(SystemExit) as left:
        main()
    assert not left.value.code
    output = capsys.readouterr()
    result = json.loads(output.out)
    assert (result["path"], result["tests"], result["tested_on"]) == (str(out), 40, "test pictures")
    assert f"step {STEPS}/{STEPS}" in output.err.splitlines()[-1]
    assert out.exists()


def test_every_pass_shows_every_picture_once_in_another_order(config, folder):
    config.write_text(TINY.replace("batch = 16", "batch = 15"))
    batches = make_batches(read_recipe(config, folder))
    assert batches.batches == 6
    passes = [torch.cat([batches.batch(step).images for step in range(first, first + 6)]) for first in (0, 6)]
    keys = [[image.numpy().tobytes() for image in images] for images in passes]
    assert sorted(keys[0]) == sorted(keys[1])
    assert keys[0] != keys[1]
    again = make_batches(read_recipe(config, folder)).batch(7)
    assert torch.equal(again.images, batches.batch(7).images)
    assert torch.equal(again.labels, batches.batch(7).labels)


# --- students --------------------------------------------------------------------------------------------------------


@pytest.fixture
def teacher(config, folder, tmp_path):
    path = tmp_path / "teacher.safetensors"
    train(config, path, data=folder, device="cpu")
    return path


def test_a_student_sees_masked_pictures(config, folder, teacher, tmp_path):
    config.write_text(TINY + TEACHER.format(teacher))
    result = train(config, tmp_path / "student.safetensors", data=folder, device="cpu")
    about = header(result.path)
    assert about["teacher"] == {"classifier": str(teacher), "attribution": "gxsi", "iterations": 2}
    assert about["accuracy"] == {"masked_test_pictures": result.accuracy, "n": 40}
    assert not same(result.path, teacher)


def test_no_iterations_mask_nothing(config, folder, teacher, tmp_path):
    config.write_text(TINY + TEACHER.format(teacher).replace("= 2", "= 0"))
    result = train(config, tmp_path / "student.safetensors", data=folder, device="cpu")
    ours, theirs = load_file(result.path), load_file(teacher)
    for name, weights in ours.items():
        torch.testing.assert_close(weights, theirs[name], rtol=1e-4, atol=1e-5)


def test_a_teacher_who_normalises_otherwise_is_refused(config, folder, teacher, tmp_path):
    config.write_text(TINY.replace("0.4, 0.3", "0.4, 0.4") + TEACHER.format(teacher))
    with pytest.raises(ValueError, match=r"normalises with mean \[0.5, 0.4, 0.3\] .* write these under \[data\]"):
        train(config, tmp_path / "student.safetensors", data=folder, device="cpu")


def teacher_masks(path, categories):
    options = [0.5, 0.4, 0.3], [0.2, 0.2, 0.2], torch.device("cpu")
    return TeacherMasks(Teacher(str(path), iterations=1), categories, *options)


def test_a_teacher_finds_the_classes_of_its_student_by_name(teacher):
    images, labels = torch.rand(len(NAMES), 3, 8, 8), torch.arange(len(NAMES))
    same_order = teacher_masks(teacher, NAMES)(images, labels)
    other_order = teacher_masks(teacher, [name.upper() for name in NAMES[::-1]])(images, labels.flip(0))
    assert torch.equal(other_order, same_order)
    assert not torch.equal(teacher_masks(teacher, NAMES)(images, labels.flip(0)), same_order)


def test_a_teacher_of_other_classes_is_refused(teacher):
    with pytest.raises(ValueError, match=r"teacher\.safetensors does not know the class 'violin', or knows several"):
        teacher_masks(teacher, [*NAMES[:-1], "violin"])


# --- what a configuration may say ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("source = ", "# ", r"\[data\] lacks 'source'; add it"),
        ("size = 8\nm", "size = 4\nm", "size is 4; it must be between 8 and 512 pixels"),
        ("std = [0.2, 0.2, 0.2]", "std = [0.2, 0.2, 0]", "give three numbers each, std above 0"),
        ("[training]", "[world]\nsize = 64\n[training]", r"has both \[world\] and \[data\]"),
        ("epochs = 6", "epochs = 6\ndecay_at = [60, 70]", "give shares of the training between 0 and 1"),
        ("crop = 1", "crop = 100", "crop is 100; it must be between 0 and 64"),
        ("[training]", "[teacher]\niterations = 2\n[training]", r"\[teacher\] lacks 'classifier'"),
        ("[training]", '[teacher]\nclassifier = "x"\niterations = 999\n[training]', "iterations is 999"),
    ],
)
def test_a_bad_configuration_is_refused(config, old, new, sentence):
    config.write_text(TINY.replace(old, new, 1))
    with pytest.raises(ValueError, match=sentence):
        read_recipe(config)


def test_a_configuration_can_be_changed_without_a_new_file(config, folder, tmp_path):
    changes = (
        "name=mine/own",
        "training.epochs = 2",
        "arguments.linear_bias=true",
        "data.std=[0.1, 0.2, 0.3]",
        "seed=7",
    )
    recipe = read_recipe(config, folder, changes)
    assert (recipe.name, recipe.seed, recipe.training.epochs) == ("mine/own", 7, 2)
    assert (recipe.arguments["linear_bias"], recipe.data.std) == (True, (0.1, 0.2, 0.3))
    unchanged = read_recipe(config, folder)
    assert recipe.training.batch == unchanged.training.batch
    assert recipe.arguments.keys() - unchanged.arguments.keys() == {"linear_bias"}
    result = train(config, tmp_path / "x.safetensors", data=folder, changes=changes, device="cpu")
    assert header(result.path)["name"] == "mine/own"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("training.epochs", "the change 'training.epochs' has no key or no value; write for example"),
        ("=3", "has no key or no value"),
        ("name.first=x", "treats name as a table, but it is a value; write name="),
        ("training.epoch=3", r"\[training\] has 'epoch', which is unknown there; did you mean epochs"),
        ("training.batch=1", "batch is 1; it must be between 2"),
    ],
)
def test_a_bad_change_is_refused(config, folder, change, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_recipe(config, folder, [change])


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("batch = 16", "batch = 91", "batch is 91, but there are 90 pictures; make it smaller"),
        ('"jpeg_archive"', '"jpeg_archiv"', "did you mean jpeg_archive"),
        ('"train.npz"', '"trains.npz"', "does not exist; give its path"),
        ("head = 16", "heads = 16", r"\[arguments\] does not suit nib_vgg \(.*'heads'\)"),
        ("input_size = 8", "input_size = 6", "2 pools cannot halve 6 pixels"),
    ],
)
def test_what_cannot_be_trained_is_refused(config, folder, tmp_path, old, new, sentence):
    config.write_text(TINY.replace(old, new, 1))
    with pytest.raises((ValueError, KeyError), match=sentence):
        train(config, tmp_path / "x.safetensors", data=folder, device="cpu")


def test_test_pictures_of_other_classes_are_refused(config, folder, tmp_path):
    (tmp_path / "train.npz").write_bytes((folder / "train.npz").read_bytes())
    with np.load(folder / "test.npz") as held:
        np.savez(tmp_path / "test.npz", **dict(held) | {"classes": np.array(["a", "b"])})
    with pytest.raises(ValueError, match="the test pictures have the classes a, b, the"):
        train(config, tmp_path / "x.safetensors", data=tmp_path, device="cpu")


def test_rendered_scenes_take_no_folder_and_have_no_epochs(config, folder):
    config.write_text('name = "x"\narchitecture = "small_resnet"\n[training]\nepochs = 2\n')
    with pytest.raises(ValueError, match="learns from rendered scenes; leave out the folder"):
        read_recipe(config, folder)
    with pytest.raises(ValueError, match="epochs is 2, but rendered scenes never end"):
        read_recipe(config).training.with_steps(None)


def test_the_learning_rate_falls_in_steps():
    schedule = Schedule(steps=70, warmup=0, learning_rate=0.1, decay_at=(60 / 70,))
    rates = [schedule.learning_rate_at(step) for step in range(70)]
    assert rates[:60] == [0.1] * 60
    assert rates[60:] == pytest.approx([0.01] * 10)


@pytest.mark.parametrize("path", sorted((REPOSITORY / "assets" / "configs").glob("*.toml")), ids=lambda path: path.stem)
def test_every_recipe_of_the_project_makes_a_network(path):
    recipe = read_recipe(path)
    assert f"missingness train assets/configs/{path.name}" in path.read_text("utf-8")
    assert recipe.name.replace("/", "-") == path.stem
    with torch.device("meta"):
        network = recipe.make_network(100)
    size = recipe.data.size if recipe.data else recipe.world.size
    assert network.eval()(torch.empty(2, 3, size, size, device="meta")).shape == (2, 100)
