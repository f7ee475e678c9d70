"""Methods side by side: intervals that hold the truth, corrections that equal the library's, and files that go on."""

import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from masking import METHODS, CalibrationHead, Classifier, Mask, lime
from masking.calibration import CalibrationSettings, classifier_digest
from masking.measures import class_entropy
from masking.methods.calibrated import Calibrated
from studies.paired import cross_fit as fitting
from studies.paired import lime_fit, outline, removal
from studies.paired.among_classes import fit_among, rows_among
from studies.paired.comparison import CorrectedMethod, StudyMethods, calibrated, hidden_shares
from studies.paired.intervals import entropy, mean, rate_difference, resampled, surprisal
from studies.paired.pictures import StudyPictures
from studies.paired.results import StudyFile
from studies.paired.steps import measure_lime, measure_removal

K, SIDE, COUNT = 4, 32, 12


@pytest.fixture(scope="module")
def pictures():
    """A linear network of colours, and random pictures that it names without an error."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Conv2d(3, K, 4, 4), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
        network[0].weight.data *= 20
        images = torch.rand(COUNT, 3, 1, 1) * torch.ones(1, 1, SIDE, SIDE)
    classifier = Classifier("toy", network, "abcd", (SIDE, SIDE))
    objects = torch.zeros(COUNT, 1, SIDE, SIDE, dtype=torch.bool)
    objects[:, :, :8, :8] = True
    with torch.no_grad():
        labels = classifier(images).argmax(1)
    names = tuple(map(str, range(COUNT)))
    return StudyPictures(classifier, images, labels, names, {"pictures": "toy"}, objects, 0.25)


def head_of(pictures, method="blackout"):
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(1, K, K, generator=generator, dtype=torch.float64)
    facts = {"network": classifier_digest(pictures.classifier), "method": method}
    return CalibrationHead(weight, torch.ones(1, K, dtype=torch.float64), (0.5,), facts)


def corrected_by(head, method="blackout"):
    def correct(logits, hidden, positions):
        del positions
        return head.apply(logits, hidden)

    return StudyMethods((method,), {calibrated(method): CorrectedMethod(method, correct)})


# --- intervals -----------------------------------------------------------------------------------


def test_surprisal_averages_to_the_class_entropy():
    predicted = torch.tensor([0, 0, 1, 2, 2, 2, 5])
    assert float(surprisal(predicted).mean()) == pytest.approx(class_entropy(predicted))
    assert entropy(predicted).value == pytest.approx(class_entropy(predicted))
    assert entropy(torch.zeros(5)).low == 0.0


@pytest.mark.parametrize("estimate", ["rate", "mean", "entropy", "resampled"])
def test_intervals_hold_the_truth_in_nearly_all_samples(estimate):
    generator = torch.Generator().manual_seed(0)
    shares = torch.tensor([0.5, 0.25, 0.125, 0.125])
    held, trials = 0, 60
    for _ in range(trials):
        first = torch.rand(150, generator=generator) < 0.6
        second = first & (torch.rand(150, generator=generator) < 0.9)  # paired: right in 0.54
        if estimate == "rate":
            held += 0.06 in rate_difference(first, second)
        elif estimate == "mean":
            held += 0.06 in mean(first.double() - second.double())
        elif estimate == "entropy":
            held += 1.75 in entropy(torch.multinomial(shares, 600, replacement=True, generator=generator))
        else:
            held += 0.6 in resampled(lambda samples, right=first: right[samples].double().mean(1), 150)
    assert held >= 0.87 * trials


def test_a_difference_of_equal_answers_has_an_interval_around_zero():
    right = torch.tensor([True, False, True, True])
    same = rate_difference(right, right)
    assert same.value == 0
    assert same.low < 0 < same.high
    assert rate_difference(right, ~right).value == pytest.approx(0.5)


def test_a_mean_of_one_picture_is_refused():
    with pytest.raises(ValueError, match="two pictures"):
        mean(torch.ones(1))


# --- corrections ---------------------------------------------------------------------------------


def test_a_corrected_answer_is_that_of_the_calibrated_method(pictures):
    head = head_of(pictures)
    masks = Mask.random_patches(SIDE, 0.5, 4, seed=0, count=COUNT)
    methods = corrected_by(head)
    answers = methods.with_corrections(
        methods.answers(pictures.classifier, pictures.images, masks), hidden_shares(masks), torch.arange(COUNT)
    )
    expected = Calibrated.with_head(METHODS["blackout"](), head).logits(pictures.classifier, pictures.images, masks)
    assert list(answers) == ["blackout", calibrated("blackout")]
    torch.testing.assert_close(answers[calibrated("blackout")], expected)


def test_lime_of_corrected_answers_is_lime_of_the_calibrated_method(pictures):
    head = head_of(pictures)
    image, segments = pictures.images[:1], torch.arange(SIDE * SIDE).view(SIDE, SIDE) // (SIDE * 8)
    plain = lime(pictures.classifier, image, "blackout", 0, segments, 12, 0)
    both = lime_fit.with_corrections(plain, "blackout", corrected_by(head), 0)
    method = Calibrated.with_head(METHODS["blackout"](), head)
    expected = lime(pictures.classifier, image, method, 0, segments, 12, 0)
    torch.testing.assert_close(both[calibrated("blackout")].coefficients, expected.coefficients)
    assert not torch.allclose(both["blackout"].coefficients, expected.coefficients)


def test_each_half_is_corrected_by_the_head_of_the_other(pictures):
    settings = CalibrationSettings(patch=4)
    samples = fitting.collect(pictures, "blackout", settings)
    heads = fitting.cross_fit(pictures, "blackout", samples, settings, (1e-2,))
    changed = pictures._replace(images=pictures.images.clone())
    changed.images[::2] = changed.images[::2].flip(0)  # fold 0 gets other pictures
    again = fitting.cross_fit(changed, "blackout", fitting.collect(changed, "blackout", settings), settings, (1e-2,))
    assert torch.equal(heads.heads[0].weight, again.heads[0].weight)  # fitted to fold 1, so it corrects fold 0
    assert not torch.equal(heads.heads[1].weight, again.heads[1].weight)
    logits, hidden = torch.randn(4, K), torch.full((4,), 0.5)
    corrected = heads(logits, hidden, torch.tensor([0, 1, 2, 3]))
    assert torch.equal(corrected[0], heads.heads[0].apply(logits, hidden)[0])
    assert torch.equal(corrected[3], heads.heads[1].apply(logits, hidden)[3])


def test_the_ridge_is_chosen_and_the_heads_are_kept(pictures, tmp_path):
    settings = CalibrationSettings(patch=4, form="diagonal")
    samples = fitting.collect(pictures, "blackout", settings)
    heads = fitting.cross_fit(pictures, "blackout", samples, settings, (1e-1, 1e2))
    tried = heads.facts[0]["ridges_tried"]
    assert heads.facts[0]["settings"]["ridge"] == min(tried, key=tried.get)
    assert heads.facts[0]["images"] == COUNT // 2
    assert fitting.CrossFittedHeads.load(tmp_path) is None
    heads.save(tmp_path)
    assert [each.digest for each in fitting.CrossFittedHeads.load(tmp_path).heads] == [
        each.digest for each in heads.heads
    ]


# --- rows ----------------------------------------------------------------------------------------


def test_rows_of_removal_compare_with_the_same_method(pictures):
    methods = corrected_by(head_of(pictures))
    given = removal.removal_answers(pictures, methods, 4, (0.5,))
    plain, corrected = removal.removal_rows(given, pictures, methods)
    assert (plain["method"], corrected["compared_with"]) == ("blackout", "blackout")
    assert corrected["more_accuracy"][0] == pytest.approx(corrected["accuracy"][0] - plain["accuracy"][0], abs=1e-4)
    difference = corrected["class_entropy_bits"][0] - plain["class_entropy_bits"][0]
    assert corrected["more_class_entropy_bits"][0] == pytest.approx(difference, abs=1e-4)


def test_rows_of_the_outline_know_a_telling_and_a_silent_answer():
    truth = torch.arange(4).repeat(64)
    methods = StudyMethods(("telling", "silent"), {}, {"telling": "silent"})
    answers = {"telling": torch.eye(4)[truth], "silent": torch.eye(4)[torch.zeros(256, dtype=torch.int64)]}
    telling, silent = outline.rows_of_answers(answers, truth, 0.25, methods)
    assert telling["bits"][0] == pytest.approx(2.0, abs=1e-3)
    assert silent["bits"][0] == pytest.approx(0.0, abs=1e-6)
    assert telling["reliance_error"][0] == pytest.approx(0.75)
    assert telling["more_reliance_error"][0] == pytest.approx(0.75)
    assert telling["more_bits"][1] > 1.9


def test_the_outline_of_unknown_objects_is_refused(pictures):
    with pytest.raises(ValueError, match="known objects"):
        outline.outline_rows(pictures._replace(objects=None), StudyMethods(("blackout",)))


def test_answers_among_few_classes_have_a_matrix_of_their_size(pictures):
    head = fit_among(pictures, "blackout", CalibrationSettings(patch=4), (1.0, 10.0))
    classes = len(pictures.labels.unique())
    assert head.weight.shape == (1, classes, classes)
    rows = rows_among(pictures, "blackout", head, 4)
    assert [row["hidden"] for row in rows[::2]] == [0.25, 0.5, 0.75]
    assert rows[0]["whole_accuracy"] == 1.0


# --- files ---------------------------------------------------------------------------------------


def test_an_interrupted_study_goes_on_where_it_ended(pictures, tmp_path, monkeypatch):
    file, methods = StudyFile(tmp_path / "out.json"), corrected_by(head_of(pictures))
    pictures = pictures._replace(classifier=replace_name(pictures.classifier))
    measure_removal(file, pictures, methods, 4)
    measure_lime(file, pictures, methods, 1, {"blackout": 2}, samples=6)
    content = json.loads(file.path.read_text())
    explained = content["networks"]["toy 2"]["lime"]["measured"]
    monkeypatch.setattr("studies.paired.steps.removal_rows", None)  # would fail if it were measured again
    measure_removal(file, pictures, methods, 4)
    measure_lime(StudyFile(file.path), pictures, methods, 2, {"blackout": 2}, samples=6)
    again = json.loads(file.path.read_text())["networks"]["toy 2"]
    assert again["removal"] == content["networks"]["toy 2"]["removal"]
    assert len(again["lime"]["measured"]) == 2
    assert explained.items() <= again["lime"]["measured"].items()
    row = again["lime"]["rows"][1]
    assert row["method"] == calibrated("blackout")
    assert {"seeds_rank", "seeds_top", "more_r2_held_out"} <= row.keys()
    with pytest.raises(TypeError):
        measure_removal(StudyFile(file.path, again=True), pictures, methods, 4)


def replace_name(classifier):
    return Classifier("toy 2", classifier.network, classifier.categories, classifier.input_size)


def test_a_head_of_one_fold_is_a_head_of_the_library(pictures):
    settings = replace(CalibrationSettings(), patch=4)
    samples = fitting.collect(pictures, "blackout", settings)
    (first, _) = fitting.fit_all(pictures, "blackout", samples, settings, (1e-3,)).heads
    from masking import calibrate

    expected = calibrate(pictures.classifier, pictures.images, "blackout", settings)
    torch.testing.assert_close(first.weight, expected.weight)
    torch.testing.assert_close(first.bias, expected.bias)
