"""The measurement with methods whose answers are known."""

import csv
import io
import json
import math
from dataclasses import dataclass, replace

import pytest
import torch
from torch import nn

from masking import Classifier, Mask
from masking.datasets.silhouettes.render import Scenes
from masking.datasets.silhouettes.worlds import World
from masking.datasets.sources.labels import UNKNOWN
from masking.datasets.sources.object_scenes import photograph_scenes, rendered_scenes
from masking.leakage import measure_leakage
from masking.leakage.left_out import NO_BACKGROUND, NO_OBJECT, describe_left_out
from masking.leakage.measuring import SCENES_AT_ONCE
from masking.methods import Method

CLASSES, SIDE = 4, 24


class Marked:
    """Scenes whose corner pixel tells the class, with a square object, the larger the higher the class."""

    right_answer = 0.25
    facts = {"made": "by hand"}  # noqa: RUF012

    def __init__(self, count: int, labels: str = "known", empty: int | None = None, one_class: bool = False):
        self.count, self.labels, self.empty, self.one_class = count, labels, empty, one_class

    def __len__(self) -> int:
        return self.count

    def read(self, classifier: Classifier, start: int, stop: int) -> Scenes:
        places = torch.arange(start, stop)
        classes = torch.zeros_like(places) if self.one_class else places * 7 % CLASSES
        images = torch.zeros(len(places), 3, SIDE, SIDE)
        images[:, :, 0, 0] = classes[:, None] / 10
        objects = torch.zeros(len(places), 1, SIDE, SIDE, dtype=torch.bool)
        for index, category in enumerate(classes):
            objects[index, 0, 8 : 10 + 2 * category, 8 : 10 + 2 * category] = True
            if places[index] == self.empty:
                objects[index] = False
        return Scenes(images, objects, classes if self.labels == "known" else torch.full_like(classes, UNKNOWN))


class Reads(nn.Module):
    """Knows the class by the corner pixel; 100 is as sure as it gets."""

    def forward(self, x):
        return 100.0 * nn.functional.one_hot((x[:, 0, 0, 0] * 10).round().long().clamp(max=CLASSES - 1), CLASSES)


READER = Classifier("reader", Reads(), ["ant", "bee", "cow", "dog"], (SIDE, SIDE), mean=(0, 0, 0), std=(1, 1, 1))


@dataclass(frozen=True)
class Knows(Method):
    """Answers rightly whatever is hidden."""

    def _logits(self, classifier, image, mask):
        return classifier(image)


@dataclass(frozen=True)
class Ignores(Method):
    """Answers the same always."""

    def _logits(self, classifier, image, mask):
        return torch.tensor([[1.0, 0, 0, 0]]).expand(len(image), -1)


@dataclass(frozen=True)
class Area(Method):
    """Tells the class by the area of the hole, and each for the next one."""

    def _logits(self, classifier, image, mask):
        side = (~mask.keep).sum((1, 2, 3)).double().sqrt()
        category = ((side - 2) / 2).round().long().clamp(0, CLASSES - 1)
        return 10.0 * nn.functional.one_hot((category + 1) % CLASSES, CLASSES)


METHODS_BY_HAND = {"knows": Knows(), "ignores": Ignores(), "area": Area()}


@pytest.fixture(scope="module")
def by_hand():
    return measure_leakage(READER, Marked(200), METHODS_BY_HAND, ["exact", "grown_2", "broken", "transplanted"])


def test_what_is_known_is_found(by_hand):
    assert len(by_hand) == 200
    assert by_hand.chance == 0.25
    assert by_hand.accuracy("knows").value == 1
    assert by_hand.bits("knows").value == pytest.approx(2, abs=1e-3)
    assert by_hand.accuracy("ignores").value == 0.25
    assert by_hand.bits("ignores").value == 0


def test_leakage_is_seen_where_accuracy_hides_it(by_hand):
    """No answer is right, and yet the hole gives the class away."""
    assert by_hand.accuracy("area").value == 0
    assert by_hand.bits("area").value == pytest.approx(2, abs=1e-3)
    assert by_hand.bits("area").low > 1.8
    fewer = by_hand.fewer_bits("ignores", than="area")
    assert fewer.value == pytest.approx(2, abs=1e-3)
    assert fewer.low > 1.9


def test_the_class_is_read_out_of_the_probabilities():
    """The answer is always the same; only how sure it is tells the class."""

    class Doubts(Method):
        def _logits(self, classifier, image, mask):
            sure = classifier(image)
            return sure / 100 + 50 * nn.functional.one_hot(torch.zeros(len(image), dtype=torch.long), CLASSES)

    leakage = measure_leakage(READER, Marked(200), {"doubts": Doubts(), "ignores": Ignores()})
    assert leakage.bits("doubts").value == 0
    assert leakage.readable("doubts").value == pytest.approx(2, abs=1e-3)
    assert leakage.readable("ignores").low == 0
    assert leakage.readable("ignores").high < 0.1
    assert leakage.rows[0]["readable_bits"] == leakage.readable("doubts").value
    few = measure_leakage(READER, Marked(15 * CLASSES), {"doubts": Doubts()})
    assert few.rows[0]["readable_bits"] == ""


def test_holes_are_those_of_the_table(by_hand):
    scenes = Marked(200).read(READER, 0, 200)
    exact = scenes.objects.double().mean((1, 2, 3))
    assert torch.allclose(by_hand.hidden["exact"], exact)
    assert torch.allclose(by_hand.hidden["transplanted"], exact)
    grown = Mask(~scenes.objects).grow(2)
    assert torch.allclose(by_hand.hidden["grown_2"], (~grown.keep).double().mean((1, 2, 3)))
    assert by_hand.left["exact"].max() == by_hand.left["grown_2"].max() == 0
    assert by_hand.left["broken"].mean() > 0.5


def test_the_transplant_test_counts_the_donors_class(by_hand):
    assert (by_hand.donor != by_hand.truth).all()
    assert (by_hand.donor >= 0).all()
    assert by_hand.moved("knows").value == 0
    zero = (by_hand.donor == 0).double().mean().item()
    assert by_hand.moved("ignores").value == pytest.approx(zero)
    assert by_hand.shift("ignores").value == pytest.approx(0)
    assert not math.isnan(by_hand.shift("ignores").low)
    # The area stays the object's own, so "area" says the class after the true one: the donor's in each of these scenes.
    following = ((by_hand.truth + 1) % CLASSES == by_hand.donor).double().mean().item()
    assert by_hand.moved("area").value == pytest.approx(following)


def test_the_reliance_error_is_the_distance_to_the_right_answer(by_hand):
    assert by_hand.reliance_error("knows").value == pytest.approx(0.75)
    assert by_hand.reliance_error("ignores").value == 0
    assert by_hand.reliance_error("area").value == pytest.approx(0.25)


def test_an_unknown_class_is_the_answer_to_the_whole_picture():
    leakage = measure_leakage(READER, Marked(70, labels="unknown"), {"knows": Knows()})
    assert torch.equal(leakage.truth, Marked(70).read(READER, 0, 70).labels)
    assert leakage.accuracy("knows").value == 1


def test_only_scenes_with_a_correct_answer():
    class Mislabelled(Marked):
        def read(self, classifier, start, stop):
            scenes = super().read(classifier, start, stop)
            return Scenes(scenes.images, scenes.objects, torch.where(scenes.labels == 3, 0, scenes.labels))

    leakage = measure_leakage(READER, Mislabelled(80), METHODS_BY_HAND, ["exact", "broken"])
    assert leakage.accuracy("knows").value == 0.75
    right = leakage.only_right()
    assert len(right) == 60
    assert right.accuracy("knows").value == 1
    assert right.hidden["exact"].shape == right.left["broken"].shape == (60,)
    assert right.manifest["only_scenes_named_rightly"]
    with pytest.raises(ValueError, match=r"^0 of 60 scenes are named correctly"):
        replace(right, whole=right.truth + 1).only_right()


def test_scenes_without_an_object_in_sight_are_left_out():
    leakage = measure_leakage(READER, Marked(100, empty=70), {"knows": Knows()})
    assert len(leakage) == 99
    assert leakage.accuracy("knows").value == 1


def test_a_single_class_has_no_donor():
    leakage = measure_leakage(READER, Marked(10, one_class=True), {"knows": Knows()})
    assert (leakage.donor == -1).all()
    assert leakage.rows[0]["called_by_donor"] == ""
    with pytest.raises(ValueError, match="no object of another class"):
        measure_leakage(READER, Marked(10, one_class=True), {"knows": Knows()}, ["transplanted"])


def test_pieces_and_batches_change_nothing():
    whole = measure_leakage(READER, Marked(SCENES_AT_ONCE + 9), METHODS_BY_HAND, ["exact", "transplanted"], batch=100)
    parts = measure_leakage(READER, Marked(SCENES_AT_ONCE + 9), METHODS_BY_HAND, ["exact", "transplanted"], batch=5)
    assert torch.equal(whole.donor, parts.donor)
    for key, answers in whole.answers.items():
        assert torch.equal(answers.predicted, parts.answers[key].predicted)
        assert torch.allclose(answers.logits, parts.answers[key].logits)


def test_progress_ends_with_all_and_may_cancel():
    progress = []
    measure_leakage(
        READER, Marked(100, empty=3), METHODS_BY_HAND, ["exact", "box"], 32, lambda *step: progress.append(step)
    )
    assert [total for _, total in progress] == [600] * len(progress)
    assert sorted(progress) == progress
    assert progress[-1] == (600, 600)

    def cancel(done, total):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        measure_leakage(READER, Marked(100), METHODS_BY_HAND, on_batch=cancel)


def test_out_of_memory_halves_the_batch():
    sizes = []

    class Small(Method):
        def _logits(self, classifier, image, mask):
            sizes.append(len(image))
            if len(image) > 10:
                raise torch.OutOfMemoryError
            return classifier(image)

    assert measure_leakage(READER, Marked(20), {"small": Small()}, batch=32).accuracy("small").value == 1
    assert sizes == [20, 16, 8, 8, 4]


def test_tables_hold_what_was_measured(by_hand):
    rows = list(csv.DictReader(io.StringIO(by_hand.to_csv())))
    assert len(rows) == 12
    assert [(row["method"], row["hole"]) for row in rows] == list(by_hand.answers)
    first = rows[0]
    assert float(first["accuracy"]) == 1
    assert float(first["bits_low"]) <= float(first["bits"]) <= float(first["bits_high"])
    assert first["radius"] == "0"
    assert rows[2]["reliance_error"] == ""  # under the broken hole the object is in sight
    facts = json.loads(by_hand.to_json())
    assert facts["truth"] == by_hand.truth.tolist()
    assert facts["predicted"]["area exact"] == by_hand.answers["area", "exact"].predicted.tolist()
    assert facts["manifest"]["objects"] == {"made": "by hand"}
    assert facts["manifest"]["holes"] == by_hand.holes
    assert "predicted" not in json.loads(by_hand.to_json(answers=False))


@pytest.mark.parametrize(
    ("methods", "holes", "error", "sentence"),
    [
        (["blackuot"], ["exact"], KeyError, "did you mean blackout"),
        (["blackout"], ["exakt"], KeyError, "there is no hole 'exakt'; did you mean exact"),
        ([], ["exact"], ValueError, "name at least one method and one hole"),
        (["blackout"], [], ValueError, "name at least one method and one hole"),
        (["token_dropping"], ["exact"], ValueError, "silhouettes/resnet"),
    ],
)
def test_what_cannot_be_measured_is_refused(bundled, methods, holes, error, sentence):
    with pytest.raises(error, match=sentence):
        measure_leakage(bundled, rendered_scenes(World(), 4), methods, holes)


def test_scenes_without_objects_are_refused():
    with pytest.raises(
        ValueError, match=r"no scene can be measured: 1 scene shows no object .scene 0.; check the masks"
    ):
        measure_leakage(READER, Marked(1, empty=0), {"knows": Knows()})


def test_scenes_that_cannot_be_measured_are_counted_and_named(tmp_path):
    inside = torch.zeros(24, 24, dtype=torch.bool)
    inside[8:16, 8:16] = True
    pixels = {"a": inside, "b": inside & False, "c": inside | True, "d": inside, "e": inside & False}
    for name, pattern in pixels.items():
        for folder, values in (("images", inside), ("masks", pattern)):
            path = tmp_path / folder / "cat" / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(Mask(values[None, None]).to_png())
    scenes = photograph_scenes(tmp_path / "images", tmp_path / "masks")
    leakage = measure_leakage(READER, scenes, ["blackout"])
    assert len(leakage) == 2
    assert {reason: sorted(names) for reason, names in leakage.left_out.items()} == {
        NO_OBJECT: ["cat/b.png", "cat/e.png"],
        NO_BACKGROUND: ["cat/c.png"],
    }
    assert leakage.manifest["left_out"] == {NO_OBJECT: 2, NO_BACKGROUND: 1}
    sentence = describe_left_out(leakage.left_out)
    assert sentence.startswith("2 scenes show no object (cat/")
    assert sentence.endswith("and 1 scene shows nothing but the object (cat/c.png)")
    assert "left_out" not in measure_leakage(READER, Marked(8), ["blackout"]).manifest
    assert describe_left_out({NO_OBJECT: ["a", "b", "c", "d"]}) == "4 scenes show no object (a, b, c, …)"
