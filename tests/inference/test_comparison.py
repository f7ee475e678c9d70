import csv
import io
import json
import math
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import torch
from PIL import Image
from torchvision.models import ResNet50_Weights

import masking
from masking import METHODS, Mask, Prediction, Removal, compare
from masking.image import digest
from masking.inference.answer_sheet import legend_of, mask_origin, method_title
from masking.inference.comparison import Comparison
from masking.layers import LayerMasked
from masking.models.class_groups import ClassGroups
from tests.inference.hidden_box import MASK


def test_it_shows_what_the_model_saw(bundled, image, comparison):
    assert torch.equal(comparison.picture("noise"), METHODS["noise"]().fill(image, MASK, bundled))
    assert comparison.seen["layer_masking"] is None
    shown = comparison.picture("layer_masking")
    assert torch.equal(torch.where(MASK.keep, shown, 0), torch.where(MASK.keep, image, 0))
    assert len(shown[~MASK.keep.expand_as(shown)].unique()) == 2  # hatched


def test_change_and_sentence_by_hand(colours):
    image = torch.zeros(1, 3, 4, 4)
    image[:, 0, :2], image[:, 1, 2:] = 0.5, 0.4  # red above, a little less green below
    hides_red = Mask.box(4, 0, 0, 2, 4)
    comparison = compare(colours, image, hides_red, ("blackout", "mean_colour"))
    assert comparison.whole.category == "red"
    assert comparison.masked["blackout"].category == "green"
    whole, masked = (torch.tensor(values).softmax(0)[0].item() for values in ([2.5, 2.0, 0], [0.0, 2.0, 0]))
    assert comparison.change("blackout") == pytest.approx(masked - whole)
    assert comparison.sentence == "Blackout and mean colour say “green” instead of “red”."


def test_rows_are_flat_records(comparison):
    whole, *rows = comparison.rows(k=2)
    assert whole["method"] == "whole image"
    assert whole["change_of_original_class"] == 0
    for row, (name, prediction) in zip(rows, comparison.masked.items(), strict=True):
        assert row["method"] == name
        assert row["predicted"] == row["top1"] == prediction.category
        assert row["probability"] == row["top1_probability"] == pytest.approx(prediction.probabilities.max().item())
        assert row["change_of_original_class"] == comparison.change(name)
        assert 0 <= row["predictive_entropy_bits"] <= math.log2(len(prediction.categories))


def test_methods_under_which_nothing_was_left_are_named(bundled, image, comparison):
    assert comparison.blind == frozenset()
    crumb = ~Mask.box(32, 10, 10, 1, 1)  # between the cells that the network's skips sample
    nearly_blind = masking.compare(bundled, image, crumb, ("blackout", "blur", "layer_masking"))
    assert nearly_blind.blind == {"layer_masking"}
    assert [row["nothing_left_to_see"] for row in nearly_blind.rows()] == [False, False, False, True]
    assert [prediction["nothing_left_to_see"] for prediction in json.loads(nearly_blind.to_json())["predictions"]][3]
    assert masking.compare(bundled, image, Mask.empty(32), ("blackout", "blur")).blind == {"blackout"}


def test_each_method_computes_once(bundled, image, monkeypatch):
    passes, run = [], LayerMasked.__call__
    monkeypatch.setattr(LayerMasked, "__call__", lambda *args: passes.append(1) or run(*args))
    compare(bundled, image, MASK, ("blackout", "layer_masking"))
    assert len(passes) == 1


def test_what_shows_through_is_no_leak(bundled, image):
    blurred = compare(bundled, image, MASK, ("blackout", "blur"), known_object=MASK)
    assert [verdict.visible for verdict in blurred.verdicts.values()] == [0, 0]
    assert {blurred.verdicts["blackout"].word} <= {"Leak", "As it should be"}
    assert {blurred.verdicts["blur"].word} <= {"Same answer", "Another answer"}


def test_csv_can_be_read(comparison):
    table = list(csv.DictReader(io.StringIO(comparison.to_csv())))
    assert [row["method"] for row in table] == ["whole image", "blackout", "noise", "layer_masking"]
    assert float(table[1]["probability"]) == comparison.rows()[1]["probability"]
    assert table[0]["top5"]


def test_csv_survives_categories_with_commas():
    logits = torch.tensor([1.0, 0.0])
    names = ('tabby, "tiger" cat', "résumé\nbook")
    prediction = Prediction(logits, names)
    facts = {"classifier": "c"}
    comparison = masking.Comparison(torch.rand(1, 3, 4, 4), Mask.full(4), prediction, {}, {}, {}, facts)
    (row,) = csv.DictReader(io.StringIO(comparison.to_csv(), newline=""))
    assert (row["top1"], row["top2"]) == names


def test_json_says_where_it_comes_from(bundled, image, comparison):
    document = json.loads(comparison.to_json())
    assert document["hidden_share"] == 16 * 20 / 32**2
    assert Mask.from_text(document["mask"]).digest == MASK.digest
    assert document["reading"] == comparison.sentence
    assert [prediction["method"] for prediction in document["predictions"]] == [
        "whole image",
        "blackout",
        "noise",
        "layer_masking",
    ]
    manifest = document["manifest"]
    assert manifest["schema"] == 1
    assert manifest["classifier"] == "silhouettes/resnet"
    assert manifest["weights"] == bundled.weights_digest
    assert manifest["image"] == digest(image)
    assert manifest["mask"] == MASK.digest
    assert manifest["device"] == "cpu"
    joins = {"sums": "intersection", "concatenations": "majority", "skips": "sampled"}
    joins |= {"rounds": "window", "diagonals": "equal", "pools": "visible"}
    assert manifest["methods"] == {"blackout": {}, "noise": {"seed": 0}, "layer_masking": joins}
    assert manifest["versions"]["torch"] == torch.__version__
    assert manifest["versions"]["masking"] == masking.__version__


def test_new_columns_follow_the_old_ones(comparison):
    columns = list(comparison.rows(k=1)[0])
    old = [
        "method", "predicted", "probability", "change_of_original_class", "predictive_entropy_bits", "top1",
        "top1_probability", "nothing_left_to_see", "verdict",
    ]  # fmt: skip
    assert columns[: len(old)] == old
    whole, blackout, *_ = comparison.rows()
    assert whole["probability_of_original_class"] == whole["probability"] == whole["probability_of_original_group"]
    change = blackout["probability_of_original_class"] - whole["probability_of_original_class"]
    assert blackout["change_of_original_class"] == pytest.approx(change)


# --- class entropy ---------------------------------------------------------------------------------------------------

CATS = ("tabby", "tiger cat", "maze", "mug")


@pytest.fixture
def cats(monkeypatch):
    """Two breeds of cat are a group, as they are in ImageNet."""
    groups = ClassGroups(("cat", "cat", "maze", "mug"), ())
    monkeypatch.setattr("masking.models.class_groups.class_groups", lambda categories: groups)


def by_hand(logits, masked=None, **more):
    """A comparison with these answers; methods that are not named saw the picture with stripes."""
    image, mask = torch.rand(1, 3, 8, 8), Mask.box(8, 0, 0, 4, 8)
    answers = {name: Prediction(torch.tensor(values), CATS) for name, values in (masked or {}).items()}
    methods = {name: METHODS[name]() for name in answers}
    facts = {"classifier": "lab/cats", "weights": "0123456789abcdef", "versions": {"masking": "0.2.0", "torch": "2"}}
    whole = Prediction(torch.tensor(logits), CATS)
    return Comparison(image, mask, whole, answers, dict.fromkeys(answers), methods, facts, **more)


def removal(*predicted):
    return Removal(torch.tensor(predicted), 0, CATS)


def test_class_entropy_is_in_every_export(cats):
    plain = by_hand([4.0, 1, 0, 0], {"blackout": [0, 0, 4.0, 0], "layer_masking": [1.0, 4, 0, 0]})
    removals = {"blackout": removal(2, 2, 2, 2), "layer_masking": removal(1, 1, 0, 3)}
    whole = plain.with_removal(removals, {"share": 0.5, "patch": 16, "seed": 3})
    assert "class_entropy_bits" not in plain.to_csv()
    _, blackout, layers = csv.DictReader(io.StringIO(whole.to_csv()))
    assert (blackout["class_entropy_bits"], blackout["same_group_share"], blackout["random_masks"]) == (
        "0.0",
        "0.0",
        "4",
    )
    assert (layers["class_entropy_bits"], layers["same_answer_share"], layers["same_group_share"]) == (
        "1.5", "0.25", "0.75",
    )  # fmt: skip
    document = json.loads(whole.to_json())["random_masks"]
    assert document["answers"]["layer_masking"] == {"tiger cat": 2, "tabby": 1, "mug": 1}
    assert (document["share"], document["seed"]) == (0.5, 3)
    assert "random_masks" not in json.loads(plain.to_json())
    for text in (whole.to_svg(), whole.to_html()):
        assert "1.50 bits" in text
        assert "Still “cat”" in text
        assert "75 %" in text
        assert "4 (share 0.5, patch 16, seed 3)" in text
        assert "Class entropy is" in text
    assert "tiger cat 2, tabby 1, mug 1" in whole.to_html()
    assert whole.to_png() != plain.to_png()


# --- what the exports say ------------------------------------------------------------------------------------------


def texts_of(svg):
    return " ".join(line.text for line in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))


def test_a_sheet_explains_itself(cats):
    answers = {"blackout": [0.0, 0, 4, 0], "layer_masking": [1.0, 4, 0, 0]}
    comparison = by_hand([4.0, 1, 0, 0], answers, object_visible=0.5)
    svg, page = texts_of(comparison.to_svg("Chelsea the cat")), comparison.to_html("Chelsea the cat")
    said = [
        "Chelsea the cat under 2 masking methods",
        "50 % of the cat is visible.",
        "“cat” is the sum over the 2 classes that are a cat.",
        "Blue bars: every cat.",
        "Striped pixels are left out",
        "50.0 % of the picture",
        "lab/cats (weights 0123456789ab)",
        "Missingness Explorer 0.2.0, torch 2",
        "of 2 bits",
        "Harm",
        "Kept",
    ]
    assert [text for text in said if text not in svg] == []
    assert [text for text in said if text not in page] == []
    before, after = (each.group_probability(0) for each in (comparison.whole, comparison.masked["blackout"]))
    assert f"{100 * before:.1f} % → {100 * after:.1f} %" in svg
    assert comparison.mask.to_text() in page


def test_a_group_has_its_article():
    apes = ResNet50_Weights.DEFAULT.meta["categories"]
    answer = Prediction(torch.arange(1000.0).roll(apes.index("gorilla") + 1), tuple(apes))
    assert answer.named.group == "ape"
    assert "classes that are an ape." in legend_of(answer, is_striped=False)


def test_settings_other_than_the_default_stand_in_the_titles():
    comparison = by_hand([4.0, 1, 0, 0], {"blur": [4.0, 1, 0, 0], "greyout": [4.0, 1, 0, 0]})
    sharp = replace(comparison, methods={**comparison.methods, "blur": METHODS["blur"](sigma=1.5)})
    assert "Blur (sigma=1.5)" in texts_of(sharp.to_svg())
    assert "(" not in "".join(map(comparison.title, comparison.masked)) + sharp.title("greyout")
    manifest = {"methods": {"blur": {"sigma": 1.5}, "my own": {"x": 1}}}
    titles = [method_title(name, manifest) for name in ("blur", "greyout", "my own")]
    assert titles == ["Blur (sigma=1.5)", "Greyout", "my own"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"file": "hole.png"}, "by the mask file hole.png"),
        ({"random_patches": {"share": 0.5, "patch": 8, "seed": 3}}, "in random patches of 8 px, seed 3"),
        ({}, "as the pictures show"),
        (None, "as the pictures show"),
    ],
)
def test_a_sheet_says_where_the_mask_comes_from(source, words):
    assert mask_origin(source) == words


def test_without_a_title_methods_or_hidden_pixels_there_is_a_sheet_too():
    comparison = by_hand([4.0, 1, 0, 0])
    assert "One picture under 0 masking methods" in texts_of(comparison.to_svg())
    nothing = replace(by_hand([4.0, 1, 0, 0], {"blackout": [4.0, 1, 0, 0]}), mask=Mask.full(8))
    assert "Hidden: nothing" in texts_of(nothing.to_svg())
    assert "Striped" not in texts_of(nothing.to_svg())
    assert "under 1 masking method" in texts_of(nothing.to_svg())


def test_a_method_that_left_nothing_is_told_apart():
    answers = {"blackout": [0.0, 0, 4, 0], "blur": [0.0, 0, 4, 0]}
    svg = texts_of(by_hand([4.0, 1, 0, 0], answers, blind=frozenset({"blackout"})).to_svg())
    assert svg.count("Nothing is left for the network to see") == 1
    assert svg.count("Answer to nothing") == 1


def test_the_contact_sheet_is_a_picture_of_four_panels(comparison):
    png = Image.open(io.BytesIO(comparison.to_png()))
    assert png.format == "PNG"
    three = replace(comparison, masked=dict(list(comparison.masked.items())[:2]))
    assert png.width > Image.open(io.BytesIO(three.to_png())).width
