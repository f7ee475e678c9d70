import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from masking.models import ARCHITECTURES
from masking.training.recipe import Schedule, read_recipe
from masking.training.training import train

TINY = """
name = "tiny"
architecture = "small_resnet"
seed = 3
test_scenes = 16
[arguments]
widths = [8, 16]
blocks = [1, 1]
[world]
size = 48
classes = ["key", "house", "star"]
[training]
steps = 12
batch = 16
learning_rate = 0.05
checkpoint_every = 5
"""

HINTED = "object_hint = 1.0\n"
TINY_VIT = TINY.replace("small_resnet", "small_vit").replace(
    "widths = [8, 16]\nblocks = [1, 1]", "image_size = 48\npatch_size = 16\nwidth = 24\ndepth = 1\nheads = 2"
)


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path


def test_the_loss_goes_down_and_the_file_describes_itself(config, tmp_path):
    steps, out = [], tmp_path / "made" / "tiny.safetensors"
    result = train(config, out, steps.append, device="cpu")
    assert [progress.step for progress in steps] == list(range(1, 13))
    assert steps[-1].loss < steps[0].loss
    assert steps[-1].seconds_left == 0
    assert "step 12/12" in str(steps[-1])
    assert result.path == out
    assert str(out) in str(result)
    assert list(out.parent.iterdir()) == [out]  # no checkpoint stays behind
    with safe_open(out, "pt") as file:
        about = json.loads(file.metadata()["classifier"])
    assert about["categories"] == ["key", "house", "star"]
    assert about["input_size"] == [48, 48]
    assert about["world"]["outline"] == 1.0
    assert about["training"]["seed"] == 3
    assert about["accuracy"] == {"fresh_scenes": result.accuracy, "n": 16}
    ARCHITECTURES[about["architecture"]](3, **about["arguments"]).load_state_dict(load_file(out))


@pytest.mark.parametrize(
    ("kills", "more"),
    [((3, 7), ""), ((7,), 'optimizer = "adamw"\ncutout = 0.5\ngreyout = 0.5\n'), ((7,), HINTED)],
)
def test_a_killed_training_ends_as_an_unbroken_one(config, tmp_path, kills, more):
    config.write_text((TINY_VIT if more == HINTED else TINY) + more)
    whole, broken = tmp_path / "whole.safetensors", tmp_path / "broken.safetensors"
    train(config, whole, device="cpu")
    begun = []
    for killed_at in (*kills, None):
        steps = []

        def tell(progress, steps=steps, killed_at=killed_at):
            steps.append(progress.step)
            if progress.step == killed_at:
                raise KeyboardInterrupt

        if killed_at:
            with pytest.raises(KeyboardInterrupt):
                train(config, broken, tell, device="cpu")
            assert not broken.exists()
        else:
            train(config, broken, tell, device="cpu")
        begun.append(steps[0])
    assert begun == [1, *(killed_at // 5 * 5 + 1 for killed_at in kills)]
    ours, theirs = load_file(whole), load_file(broken)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("content", [b"", b"no pickle at all", b"PK\x03\x04 cut short"])
def test_a_damaged_checkpoint_is_refused(config, tmp_path, content):
    (tmp_path / "tiny.safetensors.partial").write_bytes(content)
    with pytest.raises(ValueError, match=r"tiny\.safetensors\.partial is damaged; delete it to start again"):
        train(config, tmp_path / "tiny.safetensors", device="cpu")


def test_a_checkpoint_of_other_settings_is_refused(config, tmp_path):
    def kill(progress):
        if progress.step == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path / "tiny.safetensors", kill, device="cpu")
    config.write_text(TINY.replace("seed = 3", "seed = 4"))
    with pytest.raises(ValueError, match="other settings; delete it"):
        train(config, tmp_path / "tiny.safetensors", device="cpu")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("steps", "stepz", r"\[training\] has 'stepz', which is unknown there; did you mean steps"),
        ("steps = 12", "steps = 0", "steps is 0"),
        ("size = 48", "size = 12", "size is 12"),
        ("seed = 3", "seeds = 3", "did you mean seed"),
        ("seed = 3", "seed = ", "not valid TOML"),
        ('name = "tiny"', "", "lacks 'name'"),
        ('"key"', '"kee"', "did you mean key"),
        ("steps = 12", "cutout = 2", "cutout is 2; it must be between 0 and 1"),
        ("steps = 12", 'optimizer = "adam"', "optimizer is 'adam'; it must be one of sgd, adamw"),
    ],
)
def test_a_bad_configuration_is_refused(config, old, new, sentence):
    config.write_text(TINY.replace(old, new, 1))
    with pytest.raises(ValueError, match=sentence):
        read_recipe(config)


def test_an_unknown_architecture_offers_near_ones(config, tmp_path):
    config.write_text(TINY.replace("small_resnet", "smal_resnet"))
    with pytest.raises(KeyError, match="did you mean small_resnet"):
        train(config, tmp_path / "x.safetensors")


def test_a_hint_needs_tokens(config, tmp_path):
    config.write_text(TINY + HINTED)
    with pytest.raises(ValueError, match=r"object_hint is 1.0 but only small_vit has tokens; set it to 0"):
        train(config, tmp_path / "x.safetensors")


def test_the_hint_changes_the_network_but_is_not_part_of_it(config, tmp_path):
    files = [tmp_path / "plain.safetensors", tmp_path / "hinted.safetensors"]
    for path, more in zip(files, ("", HINTED), strict=True):
        config.write_text(TINY_VIT + more)
        train(config, path, device="cpu")
    plain, hinted = map(load_file, files)
    assert plain.keys() == hinted.keys() == read_recipe(config).make_network().state_dict().keys()
    assert not torch.equal(plain["encoder.pos_embedding"], hinted["encoder.pos_embedding"])


def test_the_learning_rate_rises_then_falls():
    schedule = Schedule(steps=100, warmup=0.2, learning_rate=0.5)
    rates = [schedule.learning_rate_at(step) for step in range(100)]
    assert rates[:21] == sorted(rates[:21])
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert max(rates) == pytest.approx(0.5)
    assert rates[-1] < 0.001
