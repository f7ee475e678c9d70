"""Linearity: are the features of segments shown together the sum of those of segments shown alone?"""

from dataclasses import dataclass

from masking.attribution.lime_explainer import segment_image
from masking.attribution.linear_features import linearity
from masking.benchmarks.protocol.batch_answers import methods_of, refused
from masking.benchmarks.protocol.experiment import (
    BENCHMARKS,
    METHOD,
    Curve,
    Experiment,
    Key,
    ReportForwardPasses,
    Row,
    measured,
)
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.methods import METHODS, Fill
from masking.methods.layer_masking import LayerMasking
from masking.models.classifier import Classifier
from masking.registry.params import param
from masking.segments import SEGMENTATIONS

ABLE = tuple(name for name, method in METHODS.items() if issubclass(method, Fill | LayerMasking))
"""Methods whose features can be watched."""


@BENCHMARKS.register("linearity")
@dataclass(frozen=True)
class FeatureLinearity(Experiment):
    """LIME fits a linear model; this asks whether there is one to be found. For convolutional networks."""

    methods: tuple[str, ...] = param(("blackout", "greyout", "layer_masking"), "masking methods", choices=ABLE)
    parts: tuple[int, ...] = param((2, 4, 8), "how many segments are shown together", low=2, high=100)
    segments: str = param("grid", "how the picture is cut", choices=tuple(SEGMENTATIONS))
    draws: int = param(8, "how often such are drawn", low=1, high=1000)

    title = "Linearity"
    meaning = "How far the features of single segments add up to those of the segments together."
    source = "Balasubramanian & Feizi 2023, linearity experiments"
    keys = (METHOD, Key("parts", "Segments", "shown together"))
    outcomes = (measured("linearity_error"), measured("linearity_cosine"))
    curves = (Curve("parts", ("linearity_error", "linearity_cosine"), "method"),)

    def __post_init__(self):
        super().__post_init__()
        methods_of(self.methods)

    def refuses(self, classifier: Classifier) -> str | None:
        """A method or network without features that can be watched."""
        if classifier.family != "cnn":
            return f"linearity is measured on convolutional networks; {classifier.name} is a transformer"
        return refused(classifier, self.methods)

    def rows(self, classifier: Classifier, block: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`."""
        found: list[Row] = []
        for place, seed in enumerate(block.seeds):
            image = block.images[place : place + 1]
            labels = segment_image(self.segments, image)
            for name, method in methods_of(self.methods).items():
                for parts in self.parts:
                    each = parts + 1
                    told = linearity(
                        classifier,
                        image,
                        labels,
                        method,
                        parts,
                        self.draws,
                        seed,
                        lambda _, n=each: report_forward_passes(n),
                    )
                    values = {
                        "linearity_error": float(told.error.mean()),
                        "linearity_cosine": float(told.cosine.mean()),
                    }
                    found.append({"image": block.indices[place], "method": name, "parts": parts, **values})
        return found
