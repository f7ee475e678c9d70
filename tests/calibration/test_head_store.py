"""Heads in files: your own before the bundled ones, and damaged ones never skipped in silence."""

import pytest
import torch
from torch import nn

from masking import CalibrationHead, Classifier
from masking.calibration import classifier_digest, find_head, head_store, heads_folder, save_head
from masking.calibration.head_store import head_file, require_head, write_head


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKING_HEADS", str(tmp_path / "own"))
    monkeypatch.setattr(head_store, "BUNDLED", tmp_path / "bundled")
    return tmp_path


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))
    return Classifier("toy", network, "ab", (8, 8))


def head(classifier: Classifier, number: float, method: str = "blackout") -> CalibrationHead:
    weight, bias = torch.full((1, 2), number).double(), torch.zeros(1, 2).double()
    facts = {"network": classifier_digest(classifier), "method": method, "classifier": "toy"}
    return CalibrationHead(weight, bias, (0.5,), facts)


def test_your_own_come_before_the_bundled_ones(classifier, folders):
    assert find_head(classifier, "blackout") is None
    bundled = head(classifier, 1)
    write_head(bundled, folders / "bundled" / head_file(bundled.network, bundled.method))
    assert find_head(classifier, "blackout").digest == bundled.digest
    path = save_head(head(classifier, 2))
    assert path.parent == heads_folder() == folders / "own"
    assert find_head(classifier, "blackout").digest == head(classifier, 2).digest
    save_head(head(classifier, 3))
    assert find_head(classifier, "blackout").digest == head(classifier, 3).digest, "a new fit applies at once"
    assert find_head(classifier, "greyout") is None
    assert [file.name for file in path.parent.iterdir()] == [path.name], "one head for each, and nothing half written"
    path.unlink()
    assert find_head(classifier, "blackout").digest == bundled.digest


def test_parameters_make_another_head(classifier):
    save_head(head(classifier, 2, "greyout:grey=middle"))
    assert find_head(classifier, "greyout") is None
    assert find_head(classifier, "greyout:grey=middle") is not None


def test_a_damaged_file_is_refused_and_not_skipped(classifier, folders):
    bundled = head(classifier, 1)
    write_head(bundled, folders / "bundled" / head_file(bundled.network, bundled.method))
    path = save_head(head(classifier, 2))
    for content in (path.read_bytes()[:-5], b"\0" * 40):
        path.write_bytes(content)
        with pytest.raises(
            ValueError, match=r"blackout-.*\.safetensors.* cannot be used: it is no calibration file, o"
        ):
            find_head(classifier, "blackout")
    path.unlink()
    path.mkdir()
    with pytest.raises(ValueError, match=r"cannot be used: .*director.*; delete it or fit it again"):
        find_head(classifier, "blackout")


def test_a_head_under_the_name_of_another_is_refused(classifier):
    path = save_head(head(classifier, 2, "greyout"))
    path.rename(path.with_name(head_file(classifier_digest(classifier), "blackout")))
    with pytest.raises(ValueError, match="the calibration of greyout does not fit blackout"):
        find_head(classifier, "blackout")


def test_without_a_head_the_remedy_is_named(classifier):
    sentence = (
        "no calibration of blackout has been fitted to toy; fit it with `missingness calibrate toy --of blackout`"
    )
    with pytest.raises(ValueError, match=sentence):
        require_head(classifier, "blackout")
    given = head(classifier, 4)
    assert require_head(classifier, "blackout", given) is given
    with pytest.raises(ValueError, match="does not fit greyout"):
        require_head(classifier, "greyout", given)


def test_a_folder_that_cannot_be_written_is_named(classifier, folders, monkeypatch):
    (folders / "file").write_text("")
    monkeypatch.setenv("MASKING_HEADS", str(folders / "file" / "heads"))
    with pytest.raises(ValueError, match=r"cannot be written to .* \(Not a directory\); free space there, or set MASK"):
        save_head(head(classifier, 1))
