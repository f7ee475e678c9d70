"""Linearity: do the features of single segments add up to the features of the segments together?"""

from dataclasses import dataclass

from masking.attribution.lime_explainer import segment_image
from masking.attribution.linear_features import measure_linearity, refuse_features
from masking.benchmarks.protocol.batch_explanations import refuse_segments
from masking.benchmarks.protocol.experiment import (
    BENCHMARKS,
    METHOD,
    Curve,
    Key,
    ReportForwardPasses,
    Row,
    measure_outcome,
)
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.protocol.methods_experiment import MethodsExperiment
from masking.methods import METHODS, Fill
from masking.methods.layer_masking import LayerMasking
from masking.models.classifier import Classifier
from masking.registry.params import param
from masking.segments import SEGMENTATIONS

FEATURE_METHODS = tuple(name for name, method in METHODS.items() if issubclass(method, Fill | LayerMasking))
"""Methods whose features can be observed."""


@BENCHMARKS.register("linearity")
@dataclass(frozen=True)
class FeatureLinearity(MethodsExperiment):
    """LIME fits a linear model. This experiment asks whether a linear model exists, for convolutional networks."""

    methods: tuple[str, ...] = param(
        ("blackout", "greyout", "layer_masking"), "masking methods", choices=FEATURE_METHODS
    )
    parts: tuple[int, ...] = param((2, 4, 8), "how many segments are shown together", low=2, high=100)
    segments: str = param("grid", "how the picture is divided", choices=tuple(SEGMENTATIONS))
    draws: int = param(8, "how many random sets of segments are drawn", low=1, high=1000)

    title = "Linearity"
    meaning = "How well do the features of single segments add up to the features of the segments together?"
    source = "Balasubramanian & Feizi 2023, linearity experiments"
    keys = (METHOD, Key("parts", "Segments", "shown together"))
    outcomes = (measure_outcome("linearity_error"), measure_outcome("linearity_cosine"))
    curves = (Curve("parts", ("linearity_error", "linearity_cosine"), "method"),)

    def refuses(self, classifier: Classifier) -> str | None:
        """Refuse transformers, networks without features, methods that cannot run, and more parts than segments."""
        if classifier.family != "cnn":
            return f"linearity is measured on convolutional networks; {classifier.name} is a transformer"
        refusal = super().refuses(classifier) or refuse_features(classifier)
        return refusal or refuse_segments(self.segments, classifier, max(self.parts))

    def rows(self, classifier: Classifier, batch: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`."""
        rows: list[Row] = []
        for position, seed in enumerate(batch.seeds):
            image = batch.images[position : position + 1]
            labels = segment_image(self.segments, image)
            for name, method in self.parsed_methods():
                for parts in self.parts:
                    measured = measure_linearity(
                        classifier,
                        image,
                        labels,
                        method,
                        parts,
                        self.draws,
                        seed,
                        lambda _, passes=parts + 1: report_forward_passes(passes),
                    )
                    rows.append(
                        {
                            "image": batch.indices[position],
                            "method": name,
                            "parts": parts,
                            "linearity_error": float(measured.error.mean()),
                            "linearity_cosine": float(measured.cosine.mean()),
                        }
                    )
        return rows
