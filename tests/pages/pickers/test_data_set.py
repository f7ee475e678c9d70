import io

import numpy as np
import pytest
from PIL import Image

from masking.datasets.sources import SOURCES
from masking.models.picture_kinds import PictureKind
from pages.pickers import data_set
from tests.pages.attribution.attribution_page import AttributionPage
from tests.pages.compare_page import ComparePage

SCENES = "data:Silhouettes scenes"


@pytest.fixture
def named(tmp_path, monkeypatch):
    """Settings that name these data sets."""

    def name(text):
        (tmp_path / "masking.toml").write_text(text)
        monkeypatch.setenv("MASKING_SETTINGS", str(tmp_path / "masking.toml"))

    return name


@pytest.fixture
def archive(tmp_path):
    """Three pictures of 8 pixels: a fish, a key, and something that no classifier here knows."""
    files = []
    for shade in (10, 120, 240):
        buffer = io.BytesIO()
        Image.new("RGB", (8, 8), (shade, 0, 0)).save(buffer, "JPEG")
        files.append(np.frombuffer(buffer.getvalue(), np.uint8))
    offsets = np.cumsum([0, *map(len, files)])
    classes = np.array(["fish", "key", "quark"])
    np.savez(tmp_path / "set.npz", data=np.concatenate(files), offsets=offsets, labels=np.arange(3), classes=classes)


MINE = '[[data]]\nname = "Mine"\nsource = "jpeg_archive"\npath = "set.npz"\n'


def test_a_rendered_scene_brings_its_object_and_its_class():
    labelled = SOURCES["silhouettes"]().open().item(3)
    page = ComparePage(methods="greyout", image=SCENES, picture="3")
    assert not page.errors
    assert any(f"Silhouettes scenes, number 3, {labelled.label}" in caption.value for caption in page.at.caption)
    assert labelled.picture.size == (224, 224)
    page.press("Object")
    assert page.hidden == pytest.approx(
        100 * labelled.object_mask.mean(), abs=3
    )  # seen at 128 pixels, of which those at its rim are hidden, too


def test_another_number_is_another_picture_and_stays_in_the_address():
    page = ComparePage(methods="greyout", image=SCENES)
    before = page.cards
    page.at.number_input(key="picture").set_value(7)
    page.run()
    assert page.address["picture"] == "7"
    assert page.cards != before


def test_a_named_set_knows_the_true_class(named, archive):
    named(MINE)
    page = AttributionPage(
        image="data:Mine", picture="1", model="silhouettes/nib-vgg", iterations="1", attributions="gxsi"
    )
    assert not page.errors
    assert page.at.selectbox(key="for").value == "true"
    assert "“key”" in page.player["rows"][0]["answers"][0]
    page.at.number_input(key="picture").set_value(2)
    page.run()
    assert page.at.selectbox(key="for").value == "predicted"  # it knows no quarks


def test_a_number_beyond_the_set_shows_a_warning(named, archive):
    named(MINE)
    page = ComparePage(methods="greyout", image="data:Mine", picture="3")
    assert page.at.number_input(key="picture").value == 0
    assert any("picture is '3', which is not possible" in warning.value for warning in page.at.warning)


def test_a_set_that_cannot_be_opened_leaves_the_page_usable(named):
    named(MINE)
    page = ComparePage(methods="greyout", image="data:Mine")
    assert any("does not exist; give its path" in error for error in page.errors)
    assert page.cards


def test_own_sets_are_listed_for_the_form_of_a_run_and_hold_photographs(named, archive):
    named(MINE)
    (own,) = data_set.own_data_sets().values()
    assert (own.name, own.source) == ("Mine", "jpeg_archive")
    assert SOURCES[own.source](**own.settings).open().count == 3
    kinds = {name: data_set.source_kind(name) for name in SOURCES}
    assert [name for name, kind in kinds.items() if kind is PictureKind.DRAWN] == ["silhouettes"]
    assert data_set.picture_kind("data:Mine:2") is PictureKind.PHOTOGRAPH
    assert data_set.picture_kind(f"{SCENES}:2") is PictureKind.DRAWN


def test_a_set_that_cannot_be_opened_leaves_the_picture_that_was_shown(named):
    named('[[data]]\nname = "Gone"\nsource = "folder"\npath = "nowhere"\n')
    page = ComparePage(image="coffee", methods="")
    page.choose("image", "data:Gone")
    assert len(page.errors) == 1
    assert "nowhere" in page.errors[0]
    assert page.at.selectbox(key="image").value == page.address["image"] == "coffee"
    page.choose("image", "chelsea")
    assert not page.errors
