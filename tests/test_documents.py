"""What the documents show must run."""

import re
from pathlib import Path

import pytest

from masking import METHODS, Mask, load_classifier
from masking.datasets.gallery import open_sample

ROOT = Path(__file__).parents[1]


def python_blocks(document: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / document).read_text("utf-8"), re.DOTALL)


def test_the_readme_example_runs(capsys):
    (block,) = python_blocks("README.md")
    exec(compile(block, "README.md", "exec"), {})
    assert re.search(r"(kept|moved the model to) ", capsys.readouterr().out)


def test_the_method_of_contributing_is_a_whole_method():
    (block,) = python_blocks("CONTRIBUTING.md")
    known = dict(METHODS)
    try:
        exec(compile(block, "CONTRIBUTING.md", "exec"), {"__name__": "white"})
        white = METHODS["white"]()
        classifier = load_classifier("silhouettes/resnet")
        image = classifier.prepare(open_sample("chelsea"))
        mask = Mask.box(classifier.input_size, 10, 10, 40, 40)
        assert white.fill(image, mask)[0, :, 20, 20].tolist() == [1, 1, 1]
        assert white.logits(classifier, image, mask).isfinite().all()
        with pytest.raises(ValueError, match="level is 2"):
            METHODS["white"](level=2.0)
    finally:
        METHODS._entries.pop("white", None)
    assert dict(METHODS) == known


def test_every_file_the_readme_links_exists():
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
