"""How names of classes become indices of a classifier's categories."""

from pathlib import Path

import pytest

from masking.datasets.sources.labels import UNKNOWN, check_labels, class_indices, label_of, names_of, wordnet_ids
from tests.datasets.sources.files import NAMES


def test_names_of_classes():
    known = names_of(NAMES)
    assert known["tench"] == known["tinca tinca"] == 0
    assert "crane" not in known  # it might be either
    assert known["crane, bird"] == 1
    for label, index in (("Tinca_Tinca", 0), (3, 3), (9, UNKNOWN), (None, UNKNOWN), ("violin", UNKNOWN)):
        assert label_of(label, known, len(NAMES)) == index


def test_wordnet_ids_name_classes_too(tmp_path):
    (tmp_path / "imagenet_wnids.txt").write_text("n0\nn1\nn2\nn3\n")
    ids = wordnet_ids(tmp_path / "pictures")
    assert ids == wordnet_ids(tmp_path) == ("n0", "n1", "n2", "n3")
    assert wordnet_ids(tmp_path / "far" / "away") == ()
    assert class_indices(NAMES, ids)["n2"] == 2
    assert class_indices(NAMES, ids)["guitar"] == 3


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([], "a holds no pictures; check the path"),
        ([0, 2], "a has labels from 0 to 2 but 2 class names; fix the file"),
        ([-1, 1], "a has labels from -1 to 1 but 2 class names; fix the file"),
    ],
)
def test_labels_without_a_class_name_are_refused(labels, sentence):
    check_labels([0, 1], ("x", "y"), Path("a"))
    with pytest.raises(ValueError, match=sentence):
        check_labels(labels, ("x", "y"), Path("a"))
