"""The exact object is hidden: how much its hole reveals (shape leakage), and how wrong the accuracy is (reliance)."""

from typing import Any

from torch import Tensor

from masking import Mask
from masking.measures import leaked_bits, leaked_bits_difference, rate, reliance_error
from masking.measures.readout import read_out

from .comparison import StudyMethods, hidden_shares
from .intervals import as_list, resampled
from .pictures import StudyPictures


def outline_rows(pictures: StudyPictures, methods: StudyMethods) -> list[dict[str, Any]]:
    """Return a row for each method; raise ValueError if the objects are unknown."""
    if pictures.objects is None or pictures.right_answer is None:
        raise ValueError("shape leakage needs pictures with known objects; give rendered scenes")
    usable = pictures.objects.flatten(1).any(1) & ~pictures.objects.flatten(1).all(1)
    masks = Mask(~pictures.objects[usable])
    answers = methods.answers(pictures.classifier, pictures.images[usable], masks)
    answers = methods.with_corrections(answers, hidden_shares(masks), usable.nonzero()[:, 0])
    return rows_of_answers(answers, pictures.labels[usable], pictures.right_answer, methods)


def rows_of_answers(
    answers: dict[str, Tensor], truth: Tensor, right_answer: float, methods: StudyMethods
) -> list[dict[str, Any]]:
    """Return what each method's logits reveal, and how much more than those of its baseline."""
    predicted = {name: logits.argmax(1) for name, logits in answers.items()}
    readable = {name: read_out(truth, logits) for name, logits in answers.items()}
    rows: list[dict[str, Any]] = []
    for name, classes in predicted.items():
        still_named = rate(int((classes == truth).sum()), len(truth))
        row: dict[str, Any] = {
            "method": name,
            "scenes": len(truth),
            "right_answer": right_answer,
            "still_named": as_list(still_named),
            "bits": as_list(leaked_bits(truth, classes)),
            "readable_bits": as_list(leaked_bits(truth, readable[name])),
            "reliance_error": as_list(reliance_error(still_named, right_answer)),
        }
        baseline = methods.baseline(name)
        if baseline in predicted:
            row["compared_with"] = baseline
            row["more_bits"] = as_list(leaked_bits_difference(truth, classes, predicted[baseline]))
            row["more_readable_bits"] = as_list(leaked_bits_difference(truth, readable[name], readable[baseline]))
            row["more_reliance_error"] = error_difference(classes == truth, predicted[baseline] == truth, right_answer)
        rows.append(row)
    return rows


def error_difference(first: Tensor, second: Tensor, right_answer: float) -> list[float]:
    """Return how much larger the first reliance error is, from right answers bool (n,), with its interval."""
    first, second = first.double(), second.double()

    def difference(samples: Tensor) -> Tensor:
        errors = [(right[samples].mean(1) - right_answer).abs() for right in (first, second)]
        return errors[0] - errors[1]

    return as_list(resampled(difference, len(first)))
