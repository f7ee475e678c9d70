"""A run keeps to the calibration that it began with."""

import pytest
import torch
from PIL import Image

from masking import CalibrationHead, load_classifier
from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.run import CANCELLED, FAILED, FINISHED
from masking.benchmarks.worker.runner import work_on
from masking.calibration import classifier_digest, save_head

NAME, WORD = "silhouettes/nib-vgg", "calibrated:of=noise"


@pytest.fixture
def head(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKING_HEADS", str(tmp_path / "heads"))
    facts = {"network": classifier_digest(load_classifier(NAME)), "method": "noise"}

    def make(factor: float) -> CalibrationHead:
        return CalibrationHead(torch.full((1, 16), factor).double(), torch.zeros(1, 16).double(), (0.5,), facts)

    return make


def stop_after_a_shard(event, run):
    if event == "shard":
        raise KeyboardInterrupt


def test_a_run_does_not_go_on_with_another_calibration(store, head, tmp_path):
    for name in ("bird", "boat"):
        (tmp_path / "set" / name).mkdir(parents=True)
        Image.new("RGB", (20, 20), "teal").save(tmp_path / "set" / name / "0.png")
    save_head(head(1.0))
    values = {
        "experiment": "patch_removal",
        "settings": {"methods": [WORD, "noise"], "shares": [0.5], "orders": ["random"]},
    }
    data = {"source": "folder", "settings": {"path": str(tmp_path / "set")}}
    rest = {"data": data, "classifier": {"name": NAME}, "count": 2, "block": 1, "device": "cpu"}
    spec = spec_from({**values, **rest})
    run = work_on(store, store.add(spec).id, stop_after_a_shard)
    assert run.state == CANCELLED
    assert run.environment["method_states"] == {WORD: head(1.0).digest}
    path = save_head(head(-1.0))
    run = work_on(store, run.id)
    sentence = f"the calibrations of its masking methods have changed since run {run.id} began; start a new run"
    assert (run.state, run.error) == (FAILED, sentence)
    path.unlink()
    assert "no calibration of noise has been fitted to silhouettes/nib-vgg" in work_on(store, run.id).error
    save_head(head(1.0))
    assert work_on(store, run.id).state == FINISHED
    assert {row["method"] for row in store.rows(run)} == {WORD, "noise"}
