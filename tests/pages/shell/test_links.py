import pytest

from masking import Mask
from pages.shell import uploads
from tests.pages.compare_page import Bench, rectangle


def test_a_plain_address_opens_with_everything_ready():
    bench = Bench()
    assert list(bench.cards) == ["Untouched", "Blackout", "Greyout", "Layer masking"]
    assert not bench.warnings
    assert not bench.errors
    assert set(bench.address) == {"mask"}


def test_a_link_restores_the_whole_bench():
    first = Bench().choose("image", "coffee").choose("methods", ["noise", "inpaint"]).draw(rectangle(30, 60, 90, 50))
    first.choose("masks", 24).choose("way", "Patches").choose("patch", 24)
    second = Bench(**first.address)
    assert not second.warnings
    assert second.address == first.address
    assert second.comparison.manifest == first.comparison.manifest
    assert second.cards == first.cards
    assert (second.at.session_state["masks"], second.at.session_state["patch"]) == (24, 24)


def test_a_link_restores_what_was_set_for_the_methods():
    first = Bench(methods="greyout,noise").choose("noise.seed", 7).choose("greyout.grey", "middle")
    second = Bench(**first.address)
    assert second.comparison.manifest["methods"] == {"greyout": {"grey": "middle"}, "noise": {"seed": 7}}
    assert second.cards == first.cards


def test_the_link_to_copy_is_the_address():
    bench = Bench(image="coffee", methods="noise")
    link = bench.at.code[0].value
    assert "image=coffee" in link
    assert "methods=noise" in link
    assert bench.address["mask"] in link


def test_choices_that_are_the_default_stay_out_of_the_address():
    bench = Bench(image="coffee", methods="noise")
    bench.choose("image", "scene-000").choose("methods", ["blackout", "greyout", "layer_masking"])
    assert set(bench.address) == {"mask"}


def test_no_method_at_all_is_a_choice_too():
    bench = Bench(methods="")
    assert list(bench.cards) == ["Untouched"]
    assert bench.address["methods"] == ""


def test_a_short_mask_travels_in_the_address_itself():
    mask = Mask.box((128, 128), 10, 20, 30, 40)
    bench = Bench(mask=mask.to_text())
    assert bench.mask.digest == mask.digest
    assert bench.address["mask"] == mask.to_text()


def test_an_intricate_mask_travels_by_way_of_the_shelf():
    mask = Mask.random_patches((128, 128), 0.5, patch=1)
    bench = Bench(mask=mask.to_text())
    assert bench.address["mask"].startswith("shelf.")
    assert Bench(mask=bench.address["mask"]).mask.digest == mask.digest


def test_a_mask_that_cannot_be_kept_is_told(monkeypatch):
    def full(content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads, "put", full)
    mask = Mask.random_patches((128, 128), 0.5, patch=1)
    bench = Bench(mask=mask.to_text())
    assert bench.errors == ["No space left on device."]
    assert bench.mask.digest == mask.digest
    assert len(bench.cards) == 4


def test_a_finer_mask_loses_nothing_when_its_classifier_cannot_be_had():
    mask = Mask.random_patches((224, 224), 0.5, patch=1)
    bench = Bench(mask=mask.to_text())
    bench.at.session_state["sheet"].fit((224, 224), 1.0)
    assert bench.mask.digest == mask.digest


def test_a_mask_of_another_size_is_fitted():
    assert Bench(mask=Mask.box(64, 0, 0, 32, 64).to_text()).mask.digest == Mask.box(128, 0, 0, 64, 128).digest


@pytest.mark.parametrize(
    "text", ["zzz", "128x128.", "128x128.AAAA", "9999999x9999999.eJw", "0x0.eJw", "shelf.zzz", "shelf." + "0" * 24]
)
def test_a_damaged_mask_gives_a_sentence_and_a_mask_to_start_from(text):
    bench = Bench(mask=text)
    assert len(bench.warnings) == 1
    assert 0 < bench.hidden < 100
    assert len(bench.cards) == 4


def test_a_mask_link_to_something_else_on_the_shelf_gives_a_sentence():
    bench = Bench(mask="shelf." + uploads.put(b"\x89PNG"))
    assert bench.warnings == ["The mask in the link is damaged; copy the link again."]


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
def test_what_a_link_asks_in_vain_is_told_in_one_sentence(key, value, said):
    bench = Bench(**{key: value})
    assert len(bench.warnings) == 1
    assert said in bench.warnings[0]
    assert "Untouched" in bench.cards
    assert key not in bench.address


def test_what_was_asked_in_vain_stays_told_until_dismissed():
    bench = Bench(model="resnet9000", image="chelsae").run()
    assert len(bench.warnings) == 1
    assert "resnet9000" in bench.warnings[0]
    assert "chelsae" in bench.warnings[0]
    assert not bench.press("Dismiss").warnings


def test_known_methods_beside_an_unknown_one_are_shown():
    bench = Bench(methods="noise,whiteout")
    assert list(bench.cards) == ["Untouched", "Noise"]


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "a" * 5000, "\x00", "../../etc/passwd", "@", "a@b@c@d"])
def test_nonsense_in_the_address_never_stops_the_page(value):
    bench = Bench(model=value, image=value, methods=value, mask=value, device=value, patch=value)
    assert bench.warnings
    assert len(bench.cards) == 4
