"""LIME ablation: explanations made under some methods are judged by hiding segments under others."""

from dataclasses import dataclass

from masking.attribution.ablation import judge
from masking.benchmarks.protocol.batch_answers import parse_methods
from masking.benchmarks.protocol.batch_explanations import (
    BATCH,
    count_forward_passes,
    explain_batch,
    refuse_segments,
)
from masking.benchmarks.protocol.experiment import BENCHMARKS, Curve, Key, ReportForwardPasses, Row, measure_outcome
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.protocol.methods_experiment import MethodsExperiment
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.registry.params import param
from masking.segments import SEGMENTATIONS


@BENCHMARKS.register("lime_ablation")
@dataclass(frozen=True)
class LimeAblation(MethodsExperiment):
    """An explanation looks good to the method that it was made under, so every method judges every explanation."""

    methods: tuple[str, ...] = param(
        ("greyout", "layer_masking"), "methods that explanations are made under", choices=tuple(METHODS)
    )
    judges: tuple[str, ...] = param(
        ("greyout", "layer_masking"), "methods that judge by hiding segments", choices=tuple(METHODS)
    )
    segments: str = param("grid", "how the picture is divided", choices=tuple(SEGMENTATIONS))
    samples: int = param(250, "forward passes of one explanation", low=2, high=100_000)
    steps: int = param(11, "points of a curve", low=2, high=1000)

    title = "LIME ablation"
    meaning = "Does the class disappear when the segments that LIME calls salient are hidden?"
    source = "Balasubramanian & Feizi 2023, LIME experiments; Petsiuk et al. 2018"
    keys = (
        Key("explained_under", "Explained under", "the method that LIME hid segments with", of=METHODS),
        Key("judged_under", "Judged under", "the method that the judge hid segments with", of=METHODS),
    )
    outcomes = (measure_outcome("deletion"), measure_outcome("insertion"), measure_outcome("separation"))
    curves = (Curve("judged_under", ("separation", "deletion", "insertion"), "explained_under"),)

    @property
    def method_names(self) -> tuple[str, ...]:
        """The methods of the explanations and of the judges."""
        return (*self.methods, *self.judges)

    def refuses(self, classifier: Classifier) -> str | None:
        """Refuse methods that cannot run, and segments as large as the picture."""
        return super().refuses(classifier) or refuse_segments(self.segments, classifier)

    def rows(self, classifier: Classifier, batch: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`."""
        rows: list[Row] = []
        explained = explain_batch(classifier, batch, self.methods, self.segments, self.samples, report_forward_passes)
        for position, explanations in explained:
            for name, explanation in explanations.items():
                for judge_name, method in parse_methods(self.judges).items():
                    on_batch = count_forward_passes(report_forward_passes)
                    verdict = judge(classifier, explanation, method, self.steps, BATCH, on_batch)
                    rows.append(
                        {
                            "image": batch.indices[position],
                            "explained_under": name,
                            "judged_under": judge_name,
                            "deletion": verdict.deletion,
                            "insertion": verdict.insertion,
                            "separation": verdict.separation,
                        }
                    )
        return rows
