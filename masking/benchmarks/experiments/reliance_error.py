"""Reliance error: hide the object, or all but the object, and compare with what the best classifier could still do."""

from dataclasses import dataclass

from masking.benchmarks.protocol.aggregate import RELIANCE_ERROR, SHARE
from masking.benchmarks.protocol.batch_answers import answer_batch, methods_of, refused
from masking.benchmarks.protocol.experiment import (
    BENCHMARKS,
    METHOD,
    Curve,
    Experiment,
    Key,
    Outcome,
    ReportForwardPasses,
    Row,
)
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.datasets.sources.labels import UNKNOWN
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.registry.params import param

SEEN = {"object": "background", "background": "object"}
"""What is left to see when a part is hidden; a part of `World.expected_accuracy`."""


@BENCHMARKS.register("reliance_error")
@dataclass(frozen=True)
class RelianceErrors(Experiment):
    """Only in a rendered world is the right answer known; meant for the world that the classifier was trained on."""

    methods: tuple[str, ...] = param(
        ("blackout", "greyout", "layer_masking"), "masking methods", choices=tuple(METHODS)
    )
    hidden: tuple[str, ...] = param(("object", "background"), "which part is hidden", choices=tuple(SEEN))

    title = "Reliance error"
    meaning = "How wrongly hiding a part tells what a classifier relies on, where the right answer is known."
    source = "own: accuracy with the part hidden, against the best that can be without seeing it"
    keys = (Key("hidden", "Hidden", "which part was hidden"), METHOD)
    outcomes = (
        Outcome(
            "reliance_error",
            "Reliance error",
            "share, 0 … 1",
            "lower",
            "Distance of the accuracy from that of the best classifier that sees as little.",
            ("right", "possible"),
            RELIANCE_ERROR,
        ),
        Outcome(
            "accuracy",
            "Accuracy",
            "share, 0 … 1",
            None,
            "How often the class is named with the part hidden.",
            ("right",),
            SHARE,
        ),
    )
    curves = (Curve("hidden", ("reliance_error", "accuracy"), "method"),)
    needs_objects = True
    needs_right_answer = True

    def __post_init__(self):
        super().__post_init__()
        methods_of(self.methods)

    def refuses(self, classifier: Classifier) -> str | None:
        """A method that cannot run."""
        return refused(classifier, self.methods)

    def rows(self, classifier: Classifier, block: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`."""
        if block.objects is None or (block.labels == UNKNOWN).any():
            raise ValueError(f"{classifier.name} does not know the classes of this world; choose one trained on it")
        found: list[Row] = []
        for hidden in self.hidden:
            masks = Mask(~block.objects if hidden == "object" else block.objects)
            for name, method in methods_of(self.methods).items():
                predicted = answer_batch(classifier, block, report_forward_passes, method, masks).argmax(1)
                found += [
                    {
                        "image": index,
                        "hidden": hidden,
                        "method": name,
                        "predicted": said,
                        "right": int(said == label),
                        "possible": block.right[SEEN[hidden]],
                    }
                    for index, said, label in zip(block.indices, predicted.tolist(), block.labels.tolist(), strict=True)
                ]
        return found
