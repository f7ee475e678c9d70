"""CSV files that list pictures."""

import pytest

from masking.datasets.sources import SOURCES
from masking.datasets.sources.labels import UNKNOWN
from tests.datasets.sources.files import red, reds_and_labels, toy_classifier


@pytest.fixture
def pictures(tmp_path):
    (tmp_path / "cat").mkdir()
    for value in (10, 20, 30):
        red(value).save(tmp_path / "cat" / f"{value}.png")
    return tmp_path


def open_list(folder, content):
    data = content if isinstance(content, bytes) else content.encode()
    (folder / "list.csv").write_bytes(data)
    return SOURCES["listed"](str(folder / "list.csv")).open()


def test_a_list(pictures):
    lines = ["path,label", "cat/30.png,guitar", f"{pictures / 'cat' / '10.png'},0", "cat/20.png,"]
    source = open_list(pictures, "\n".join(lines))
    assert reds_and_labels(source, toy_classifier(), [0, 1, 2]) == ([30, 10, 20], [3, 0, UNKNOWN])
    assert source.facts == {"list": str(pictures / "list.csv"), "files": 3}
    assert source.label(toy_classifier(), 0) == 3


@pytest.mark.parametrize(
    "content",
    [
        "path,label\ncat/10.png,guitar\n",
        "\ufeffpath,label\ncat/10.png,guitar\n",
        "path, label\ncat/10.png, guitar\n",
        "\ufeffpath,label\r\n\r\ncat/10.png,guitar\r\n",
        'path,label\n"cat/10.png","guitar"\n',
        'path, label\n cat/10.png , "guitar" \n',
        "Path,Label,note\ncat/10.png,guitar,x\n",
        "label,path\nguitar,cat\\10.png\n",
    ],
)
def test_a_list_is_read_however_it_was_saved(pictures, content):
    source = open_list(pictures, content)
    assert reds_and_labels(source, toy_classifier(), [0]) == ([10], [3])


def test_a_label_in_quotes_may_have_a_comma(pictures):
    source = open_list(pictures, 'path,label\ncat/10.png,"crane, bird"\n')
    assert source.item(0).label == "crane, bird"
    assert source.label(toy_classifier(), 0) == 1


def test_numbers_of_a_list_are_indices_only_if_all_are_in_range(pictures):
    lines = "path,label\ncat/10.png,1\ncat/20.png,3\n"
    assert reds_and_labels(open_list(pictures, lines), toy_classifier(), [0, 1])[1] == [1, 3]
    lines += "cat/30.png,4\n"
    assert reds_and_labels(open_list(pictures, lines), toy_classifier(), [0, 1])[1] == [UNKNOWN, UNKNOWN]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("label,path\ncat,cat/10.png\ncat\n", r"picture 2 of .*list\.csv has no path; complete its line"),
        ("path;label\ncat/10.png;cat\n", r"list\.csv is separated by semicolons; save it with commas"),
        ("path\tlabel\ncat/10.png\tcat\n", "is separated by tabs; save it with commas"),
        ("path|label\ncat/10.png|cat\n", "is separated by bars; save it with commas"),
        ("path,label,label\ncat/10.png,cat,dog\n", "has two columns label; keep one"),
        ("path,label,Path\ncat/10.png,cat,x\n", "has two columns path; keep one"),
        ("path,label\ncat/10.png,crane, bird\n", "picture 1 of .* has more fields than the header; put quotes"),
        ("cat/10.png,cat\n", "lists no pictures; give it a header with path and label"),
        ("path,label\n", "lists no pictures"),
        ("", "lists no pictures"),
        ("path,label\ncat/10.png,cat\n".encode("utf-16"), r"cannot be read as a table \(it is not UTF-8 text but"),
        ("path,label\ncat/10.png,café\n".encode("latin-1"), r"cannot be read as a table \(it is not UTF-8"),
    ],
)
def test_a_list_that_cannot_be_understood_is_refused(pictures, content, sentence):
    with pytest.raises(ValueError, match=sentence):
        open_list(pictures, content)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["gone.png"], r"there is no file .*/gone\.png, which .*list\.csv lists; correct the list"),
        (["cat"], r"there is no file .*/cat, which"),
        ([f"{i}.png" for i in range(5)], r"there is no file .*/0\.png, .*/1\.png, .*/2\.png and 2 more, which"),
    ],
)
def test_listed_files_that_are_missing_are_named_at_once(pictures, names, sentence):
    with pytest.raises(ValueError, match=sentence):
        open_list(pictures, "\n".join(["path", "cat/10.png", *names]))


def test_a_link_to_nothing_is_missing(pictures):
    (pictures / "dead.png").symlink_to(pictures / "nowhere.png")
    with pytest.raises(ValueError, match=r"there is no file .*dead\.png"):
        open_list(pictures, "path\ndead.png\n")
