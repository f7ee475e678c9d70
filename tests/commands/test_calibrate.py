"""`missingness calibrate`: fit, use at once, cancel, refuse."""

import json
import signal

import pytest

from masking import CalibrationHead, load_classifier
from masking.calibration import find_head

RESNET, NIB = "silhouettes/resnet", "silhouettes/nib-vgg"
QUICK = ("--count", 20, "--shares", "0.5", "--ridge", "0.1", "--device", "cpu")


@pytest.fixture(autouse=True)
def heads(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKING_HEADS", str(tmp_path / "heads"))
    return tmp_path / "heads"


def test_a_fit_is_kept_used_and_exported(run, heads, tmp_path):
    code, out, err = run("calibrate", NIB, "--of", "noise", "--out", tmp_path / "own.safetensors", *QUICK)
    assert (code, err.splitlines()[-1]) == (0, "forward passes: 40 of 40")
    assert "noise of silhouettes/nib-vgg: matrix form, ridge 0.1, fitted to 20 masked images of 20 pictures" in out
    head = find_head(load_classifier(NIB), "noise")
    assert CalibrationHead.from_bytes((tmp_path / "own.safetensors").read_bytes()).digest == head.digest
    data = head.manifest["data"]
    assert (data["source"], data["world"]["size"], data["first"], data["pictures"]) == ("silhouettes", 128, 100_000, 20)
    arguments = (
        "compare",
        "picture.png",
        "--mask",
        "mask.png",
        "--classifier",
        NIB,
        "--methods",
        "calibrated:of=noise,noise",
    )
    answers = json.loads(run(*arguments, "--json")[1])
    assert answers["manifest"]["method_states"] == {"calibrated:of=noise": head.digest}


def test_as_json_with_a_map_for_each_share(run, files):
    pictures = ("--data", "folder", "--set", "data.path=.", "--count", "9")
    code, out, err = run(
        "calibrate", "resnet18", "--weights", "untrained", "--of", "noise", *pictures, "--device", "cpu"
    )
    assert (code, out) == (2, "")
    assert "so a calibration would always answer that; give images of several classes" in err.splitlines()[-1]
    code, out, _ = run(
        "calibrate", NIB, "--per-share", "--json", "--count", 9, "--shares", "0.2,0.6", "--form", "diagonal"
    )
    facts = json.loads(out)
    assert code == 0
    assert len(facts["manifest"]["loss_after"]) == 2
    assert facts["manifest"]["settings"]["form"] == "diagonal"
    assert find_head(load_classifier(NIB), "layer_masking").digest == facts["digest"]


def test_ctrl_c_leaves_nothing_behind(run, heads, monkeypatch):
    monkeypatch.setattr(
        "masking.inference.calibrate.batched_logits", lambda *_, **__: signal.raise_signal(signal.SIGINT)
    )
    assert run("calibrate", NIB, *QUICK) == (3, "", "pictures read: 20 of 20\ncancelled; nothing has changed\n")
    assert not heads.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("resnet18", "--weights", "untrained"),
            "no pictures to fit resnet18 (untrained) to; name some, such as --data",
        ),
        ((NIB, "--of", "calibrated"), "a calibrated method cannot be calibrated again"),
        ((NIB, "--of", "token_dropping"), "token dropping cannot run silhouettes/nib-vgg"),
        ((NIB, "--of", "grayout"), "there is no masking method 'grayout'; did you mean greyout"),
        ((NIB, "--set", "data.planet=mars"), "there is no setting 'data.planet'; choose from world"),
        ((NIB, "--data", "folder"), "does not exist; give its path"),
        ((NIB, "--count", "0"), "--count 0 --first 0 names no picture"),
        ((NIB, "--shares", "0.5,2"), "shares is 2.0; it must be between 0.01 and 0.99"),
        ((NIB, "--out", "head.bin"), "head.bin ends with none of .safetensors"),
        (("silhouettes/nib",), "there is no classifier 'silhouettes/nib'; did you mean silhouettes/nib-vgg"),
    ],
)
def test_what_cannot_be_fitted_is_refused(run, heads, arguments, sentence):
    code, out, err = run("calibrate", *arguments)
    assert (code, out) == (2, "")
    assert sentence in err.splitlines()[-1]
    assert not heads.exists()
