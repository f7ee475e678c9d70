"""Reliance error: hide the object or the background, and compare with the best accuracy that is still possible."""

from dataclasses import dataclass

from masking.benchmarks.protocol.aggregate import RELIANCE_ERROR, SHARE
from masking.benchmarks.protocol.experiment import BENCHMARKS, METHOD, Curve, Key, Outcome, ReportForwardPasses, Row
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.protocol.methods_experiment import MethodsExperiment
from masking.datasets.sources.labels import UNKNOWN
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.registry.params import param

VISIBLE_PART = {"object": "background", "background": "object"}
"""The part that stays visible when another is hidden; a part of `World.expected_accuracy`."""


@BENCHMARKS.register("reliance_error")
@dataclass(frozen=True)
class RelianceErrors(MethodsExperiment):
    """The best possible accuracy is known only in a rendered world. Use the world that the classifier learned from."""

    hidden: tuple[str, ...] = param(("object", "background"), "which part is hidden", choices=tuple(VISIBLE_PART))

    title = "Reliance error"
    meaning = "How wrong is a method about what the classifier needs, where the truth is known?"
    source = "own: accuracy with the part hidden, against the best that is possible without it"
    keys = (Key("hidden", "Hidden", "which part was hidden"), METHOD)
    outcomes = (
        Outcome(
            "reliance_error",
            "Reliance error",
            "share, 0 … 1",
            "lower",
            "Distance between the accuracy and that of the best classifier that sees the same part; 0 is the truth.",
            ("right", "possible"),
            RELIANCE_ERROR,
        ),
        Outcome(
            "accuracy",
            "Accuracy",
            "share, 0 … 1",
            None,
            "How often the true class is named while the part is hidden.",
            ("right",),
            SHARE,
        ),
    )
    curves = (Curve("hidden", ("reliance_error", "accuracy"), "method"),)
    needs_objects = True
    needs_right_answer = True
    needs_labels = True

    def rows(self, classifier: Classifier, batch: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`."""
        if batch.objects is None or (batch.labels == UNKNOWN).any():
            raise ValueError(f"{classifier.name} does not know the classes of this world; choose one trained on it")
        rows: list[Row] = []
        for hidden in self.hidden:
            masks = Mask(~batch.objects if hidden == "object" else batch.objects)
            for name, logits in self.masked_answers(classifier, batch, masks, report_forward_passes):
                answers = zip(batch.indices, logits.argmax(1).tolist(), batch.labels.tolist(), strict=True)
                rows += [
                    {
                        "image": index,
                        "hidden": hidden,
                        "method": name,
                        "predicted": predicted,
                        "right": int(predicted == label),
                        "possible": batch.best_accuracy[VISIBLE_PART[hidden]],
                    }
                    for index, predicted, label in answers
                ]
        return rows
