"""The classifier follows the picture until somebody chooses one, and says so where it does not fit."""

import pytest

from masking.datasets.gallery import first_sample
from masking.models import packaged_networks
from masking.models.packaged_networks import LITE, PACKAGE
from masking.models.picture_kinds import PictureKind
from masking.models.zoo import FIRST
from pages.pickers import classifier as classifiers
from pages.pickers.live import add_live_classifier, forget_live_classifiers
from tests.pages.compare_page import ComparePage
from tests.pages.toys import toy

NIB = "silhouettes/nib-vgg"
SCENE = first_sample(PictureKind.DRAWN).name
COMPARE, LAYERS, LEAKAGE, LIME, FILMS = (
    f"pages/{name}.py" for name in ("1_Compare", "2_Layers", "3_Shape_leakage", "4_LIME", "5_Attribution_masks")
)


@pytest.fixture(autouse=True)
def quick(fresh_server, monkeypatch):
    """Load toys instead of all classifiers but one, and leave out what pages show below the pickers."""
    for name in ("compare", "layers", "leakage", "lime", "attribution"):
        monkeypatch.setattr(f"pages.{name}.page.{name}_page", lambda *_: None)
    load = classifiers.load
    monkeypatch.setattr(classifiers, "load", lambda name, *rest: load(name, *rest) if name == FIRST else toy(name))


class PickersPage(ComparePage):
    """A page that does not wait for what it computes."""

    patient = False

    def __init__(self, page=COMPARE, **address):
        self.page = page
        super().__init__(**address)
        self.run()

    def run(self):
        super().run()
        return self.run_until(lambda: not any("Loading" in bar.proto.text for bar in self.at.get("progress")))

    @property
    def shown(self) -> tuple[str, str]:
        """The picture and the classifier."""
        return self.at.selectbox(key="image").value, self.at.selectbox(key="model").value

    @property
    def linked(self) -> tuple[str | None, str | None]:
        return self.address.get("image"), self.address.get("model")


@pytest.mark.parametrize(
    ("page", "start"),
    [
        (COMPARE, ("chelsea", LITE)), (LAYERS, ("chelsea", LITE)), (LIME, ("chelsea", LITE)),
        (LEAKAGE, (SCENE, FIRST)), (FILMS, ("coffee", LITE)),
    ],
)  # fmt: skip
def test_each_page_begins_with_a_picture_and_a_classifier_that_fits(page, start):
    opened = PickersPage(page)
    assert opened.shown == start
    assert opened.misfit == ""


@pytest.mark.parametrize("page", [COMPARE, LAYERS])
def test_the_classifier_follows_the_picture_and_the_address_says_both(page):
    opened = PickersPage(page)
    assert opened.linked == ("chelsea", LITE)
    opened.choose("image", "scene-007")
    assert opened.shown == ("scene-007", FIRST)
    assert opened.linked == ("scene-007", None)  # links have meant this one where they name none since 0.1
    opened.choose("image", "coffee")
    assert opened.shown == opened.linked == ("coffee", LITE)
    opened.choose("image", "data:Silhouettes scenes")
    assert opened.shown[1] == FIRST


@pytest.mark.parametrize(("page", "picked"), [(COMPARE, "silhouettes/vit"), (FILMS, FIRST)])
def test_a_chosen_classifier_stays(page, picked):
    opened = PickersPage(page, image="scene-007").choose("model", picked).choose("image", "coffee")
    assert opened.shown == ("coffee", picked)


def test_the_remedy_is_a_button_and_the_classifier_follows_again():
    page = PickersPage(image="coffee")
    assert page.shown == ("coffee", FIRST)
    knows = "knows 16 kinds of drawn objects and no photographs, so its answers here mean little."
    assert page.misfit.endswith(f"{FIRST} {knows}")
    assert not page.warnings
    assert not page.errors
    page.press(f"Use {LITE}")
    assert page.shown == page.linked == ("coffee", LITE)
    assert page.misfit == ""
    page.choose("image", "scene-007")
    assert page.shown == ("scene-007", FIRST)


def test_a_network_of_photographs_says_that_it_knows_no_scenes(monkeypatch, lite):
    monkeypatch.setattr(classifiers, "load", lambda name, *_: lite if name == "resnet18" else toy(name))
    page = PickersPage(LEAKAGE, model="resnet18")
    assert "is made for photographs and knows no drawn scenes" in page.misfit
    page.press(f"Use {FIRST}")
    assert page.misfit == ""
    assert page.shown[1] == FIRST


def test_nothing_is_claimed_about_classes_that_nobody_knows():
    for image in ("coffee", "scene-007"):
        assert PickersPage(image=image, model="alexnet").misfit == ""


def test_a_link_shows_what_it_names_and_the_default_of_old_links_where_it_names_none():
    assert PickersPage(image="coffee").shown == ("coffee", FIRST)
    assert PickersPage(model=LITE).shown == (PickersPage(methods="").shown[0], LITE)
    assert PickersPage(methods="blackout").shown[1] == FIRST
    assert PickersPage(FILMS, iterations="1").shown[1] == NIB
    assert PickersPage(FILMS, image="coffee").shown == ("coffee", NIB)


def test_a_reloaded_page_goes_on_following():
    first = PickersPage()
    again = PickersPage(**first.address)
    assert again.shown == first.shown
    assert again.choose("image", "scene-007").shown == ("scene-007", FIRST)


def test_a_classifier_of_a_link_stays():
    page = PickersPage(image="scene-007", model="silhouettes/vit").choose("image", "coffee")
    assert page.shown == ("coffee", "silhouettes/vit")


def test_what_nobody_chose_is_left_on_its_page_and_what_somebody_chose_comes_along():
    page = PickersPage()
    page.go(LEAKAGE)
    assert page.shown[0].startswith("scene-")
    assert page.shown[1] == FIRST
    page.go(FILMS)
    assert page.shown == ("coffee", LITE)
    page.go(COMPARE)
    assert page.shown == ("chelsea", LITE)
    page.choose("image", "coffee").go(LEAKAGE)
    assert page.shown == ("coffee", LITE)
    page.choose("model", "silhouettes/vit").go(FILMS)
    assert page.shown == ("coffee", "silhouettes/vit")


def test_a_rendered_scene_is_drawn_whatever_picture_was_shown_before():
    page = PickersPage(image="coffee", model=LITE)
    page.go(LEAKAGE)
    assert page.shown == ("coffee", LITE)
    page.choose("source", "rendered")
    assert page.at.selectbox(key="model").value == FIRST


def test_without_the_package_of_weights_the_drawn_world_remains_with_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(packaged_networks, "_weights_file", lambda: tmp_path / "none")
    page = PickersPage()
    assert page.shown[0].startswith("scene-")
    assert page.shown[1] == FIRST
    sentences = [text.value for text in page.at.markdown if PACKAGE in text.value]
    assert len(sentences) == 1
    page.choose("image", "coffee")
    assert page.shown == ("coffee", FIRST)
    assert f'pip install "{PACKAGE}' in page.misfit
    assert not any(button.label.startswith("Use ") and "weights" not in button.label for button in page.at.button)


def test_the_classifier_that_masking_explore_shows_is_kept():
    add_live_classifier(toy("mine"))
    try:
        page = PickersPage(model="mine")
        assert page.shown[1] == "mine"
        assert page.choose("image", "coffee").shown == ("coffee", "mine")
        assert PickersPage().shown[1] == PickersPage(image="coffee").shown[1] == "mine"
    finally:
        forget_live_classifiers()
