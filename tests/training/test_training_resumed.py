"""Trainings on stored pictures that were killed, and go on."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from masking import load_classifier
from masking.training.training import train
from tests.training.tiny_pictures import NAMES, TINY, same

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory):
    """What an unbroken training makes."""
    made = tmp_path_factory.mktemp("whole")
    (made / "tiny.toml").write_text(TINY)
    train(made / "tiny.toml", made / "whole.safetensors", data=folder, device="cpu")
    return made / "whole.safetensors"


def test_a_process_killed_outright_ends_as_an_unbroken_one(config, folder, whole, tmp_path):
    broken = tmp_path / "broken.safetensors"
    script = (
        "import sys, time, torch; from masking.training.training import train; torch.set_num_threads(1)\n"
        "def tell(progress):\n"
        "    if progress.step == 12: print('here', flush=True); time.sleep(600)\n"
        "train(sys.argv[1], sys.argv[2], tell, data=sys.argv[3], device='cpu')"
    )
    command = [sys.executable, "-c", script, str(config), str(broken), str(folder)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "here\n"
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert not broken.exists()
    steps = []
    train(config, broken, lambda progress: steps.append(progress.step), data=folder, device="cpu")
    assert steps[0] == 11  # after the last checkpoint
    assert same(whole, broken)


def stop_at_12(progress):
    if progress.step == 12:
        raise KeyboardInterrupt


def test_data_that_moved_meanwhile_is_learned_on_from(config, folder, whole, tmp_path):
    broken, moved = tmp_path / "broken.safetensors", tmp_path / "moved"
    with pytest.raises(KeyboardInterrupt):
        train(config, broken, stop_at_12, data=shutil.copytree(folder, tmp_path / "here"), device="cpu")
    (tmp_path / "here").rename(moved)
    steps = []
    train(config, broken, lambda progress: steps.append(progress.step), data=moved, device="cpu")
    assert steps[0] == 11
    assert same(whole, broken)


def test_other_data_are_other_settings(config, folder, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path / "tiny.safetensors", stop_at_12, data=folder, device="cpu")
    with pytest.raises(ValueError, match="other settings; delete it"):
        train(config, tmp_path / "tiny.safetensors", data=folder, changes=["data.train=test.npz"], device="cpu")


def test_a_kill_while_the_file_is_written_leaves_the_last_one(config, folder, tmp_path, monkeypatch):
    out, write = tmp_path / "tiny.safetensors", Path.write_bytes
    out.write_bytes(b"the last one")

    def dies(path, content):
        write(path, content[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", dies)
    with pytest.raises(KeyboardInterrupt):
        train(config, out, data=folder, device="cpu")
    monkeypatch.undo()
    assert out.read_bytes() == b"the last one"
    train(config, out, data=folder, device="cpu")
    assert load_classifier(str(out)).categories == NAMES
    assert {path.suffix for path in tmp_path.iterdir()} == {".toml", ".safetensors"}
