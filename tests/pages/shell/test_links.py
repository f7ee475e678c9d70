import pytest

from masking import Mask
from pages.shell import uploads
from tests.pages.compare_page import ComparePage, rectangle


def test_a_plain_address_opens_with_everything_ready():
    page = ComparePage()
    assert list(page.cards) == ["Whole picture", "Blackout", "Greyout", "Layer masking"]
    assert not page.warnings
    assert not page.errors
    assert set(page.address) == {"image", "model", "mask"}


def test_a_link_restores_the_whole_page():
    first = (
        ComparePage().choose("image", "coffee").choose("methods", ["noise", "inpaint"]).draw(rectangle(30, 60, 90, 50))
    )
    first.choose("masks", 24).choose("way", "Patches").choose("patch", 24)
    second = ComparePage(**first.address)
    assert not second.warnings
    assert second.address == first.address
    assert second.comparison.manifest == first.comparison.manifest
    assert second.cards == first.cards
    assert (second.at.session_state["masks"], second.at.session_state["patch"]) == (24, 24)


def test_a_link_restores_what_was_set_for_the_methods():
    first = ComparePage(methods="greyout,noise").choose("noise.seed", 7).choose("greyout.grey", "middle")
    second = ComparePage(**first.address)
    assert second.comparison.manifest["methods"] == {"greyout": {"grey": "middle"}, "noise": {"seed": 7}}
    assert second.cards == first.cards


def test_choices_that_are_the_default_stay_out_of_the_address():
    page = ComparePage(image="coffee", methods="noise")
    page.choose("image", "scene-000").choose("methods", ["blackout", "greyout", "layer_masking"])
    assert set(page.address) == {"mask"}


def test_no_method_at_all_is_a_choice_too():
    page = ComparePage(methods="")
    assert list(page.cards) == ["Whole picture"]
    assert page.address["methods"] == ""


def test_a_short_mask_travels_in_the_address_itself():
    mask = Mask.box((128, 128), 10, 20, 30, 40)
    page = ComparePage(mask=mask.to_text())
    assert page.mask.digest == mask.digest
    assert page.address["mask"] == mask.to_text()


def test_an_intricate_mask_travels_through_the_uploads():
    mask = Mask.random_patches((128, 128), 0.5, patch=1)
    page = ComparePage(mask=mask.to_text())
    assert page.address["mask"] == mask.to_text(), "a link alone keeps no file"
    assert page.press("Invert").address["mask"].startswith("shelf.")
    assert ComparePage(mask=page.address["mask"]).mask.digest == (~mask).digest


def test_a_mask_that_cannot_be_kept_shows_an_error(monkeypatch):
    def full(content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads, "put", full)
    mask = Mask.random_patches((128, 128), 0.5, patch=1)
    page = ComparePage(mask=mask.to_text()).press("Invert")
    assert page.errors == ["No space left on device."]
    assert page.mask.digest == (~mask).digest
    assert len(page.cards) == 4


def test_a_finer_mask_loses_nothing_when_its_classifier_cannot_be_had():
    mask = Mask.random_patches((224, 224), 0.5, patch=1)
    page = ComparePage(mask=mask.to_text())
    page.editor.draft.fit((224, 224), 1.0)
    assert page.mask.digest == mask.digest


def test_a_mask_of_another_size_is_fitted():
    assert ComparePage(mask=Mask.box(64, 0, 0, 32, 64).to_text()).mask.digest == Mask.box(128, 0, 0, 64, 128).digest


@pytest.mark.parametrize(
    "text", ["zzz", "128x128.", "128x128.AAAA", "9999999x9999999.eJw", "0x0.eJw", "shelf.zzz", "shelf." + "0" * 24]
)
def test_a_damaged_mask_gives_a_sentence_and_a_mask_to_start_from(text):
    page = ComparePage(mask=text)
    assert len(page.warnings) == 1
    assert 0 < page.hidden < 100
    assert len(page.cards) == 4


def test_a_mask_link_to_another_upload_gives_a_sentence():
    page = ComparePage(mask="shelf." + uploads.put(b"\x89PNG"))
    assert page.warnings == ["The mask in the link is damaged; copy the link again."]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("model", "resnet9000", "the classifier 'resnet9000'"),
        ("image", "chelsae", "the picture 'chelsae'"),
        ("methods", "whiteout", "the masking methods 'whiteout'"),
        ("device", "cuda:99", "the device 'cuda:99'"),
        ("patch", "0", "patch is '0'"),
        ("seed", "many", "seed is 'many'"),
        ("share", "101", "share is '101'"),
        ("masks", "1e9", "masks is '1e9'"),
    ],
)
def test_a_bad_link_shows_one_warning(key, value, said):
    page = ComparePage(**{key: value})
    assert len(page.warnings) == 1
    assert said in page.warnings[0]
    assert "Whole picture" in page.cards
    assert page.address.get(key) != value


def test_the_warning_about_a_link_stays_until_dismissed():
    page = ComparePage(model="resnet9000", image="chelsae").run()
    assert len(page.warnings) == 1
    assert "resnet9000" in page.warnings[0]
    assert "chelsae" in page.warnings[0]
    assert not page.press("Dismiss").warnings


def test_known_methods_beside_an_unknown_one_are_shown():
    page = ComparePage(methods="noise,whiteout")
    assert list(page.cards) == ["Whole picture", "Noise"]


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "a" * 5000, "\x00", "../../etc/passwd", "@", "a@b@c@d"])
def test_nonsense_in_the_address_never_stops_the_page(value):
    page = ComparePage(model=value, image=value, methods=value, mask=value, device=value, patch=value)
    assert page.warnings
    assert len(page.cards) == 4
