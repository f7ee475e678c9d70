"""LIME ablation: explanations made under some methods, judged by hiding segments under others."""

from dataclasses import dataclass

from masking.attribution.ablation import judge
from masking.benchmarks.protocol.batch_answers import methods_of, refused
from masking.benchmarks.protocol.batch_explanations import BATCH, counting, explain_batch
from masking.benchmarks.protocol.experiment import (
    BENCHMARKS,
    Curve,
    Experiment,
    Key,
    ReportForwardPasses,
    Row,
    measured,
)
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.registry.params import param
from masking.segments import SEGMENTATIONS


@BENCHMARKS.register("lime_ablation")
@dataclass(frozen=True)
class LimeAblation(Experiment):
    """An explanation that is judged by the method it was made under brings its own referee; so all judge all."""

    methods: tuple[str, ...] = param(
        ("greyout", "layer_masking"), "methods that explanations are made under", choices=tuple(METHODS)
    )
    judges: tuple[str, ...] = param(
        ("greyout", "layer_masking"), "methods that segments are hidden by", choices=tuple(METHODS)
    )
    segments: str = param("grid", "how the picture is cut", choices=tuple(SEGMENTATIONS))
    samples: int = param(250, "forward passes of one explanation", low=2, high=100_000)
    steps: int = param(11, "points of a curve", low=2, high=1000)

    title = "LIME ablation"
    meaning = "Whether hiding what LIME calls salient takes the class away."
    source = "Balasubramanian & Feizi 2023, LIME experiments; Petsiuk et al. 2018"
    keys = (
        Key("explained_under", "Explained under", "the method that LIME hid segments by", of=METHODS),
        Key("judged_under", "Judged under", "the method that the judge hid segments by", of=METHODS),
    )
    outcomes = (measured("deletion"), measured("insertion"), measured("separation"))
    curves = (Curve("judged_under", ("separation", "deletion", "insertion"), "explained_under"),)

    def __post_init__(self):
        super().__post_init__()
        methods_of((*self.methods, *self.judges))

    def refuses(self, classifier: Classifier) -> str | None:
        """A method that cannot run."""
        return refused(classifier, (*self.methods, *self.judges))

    def rows(self, classifier: Classifier, block: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`."""
        found: list[Row] = []
        for place, made in explain_batch(
            classifier, block, self.methods, self.segments, self.samples, report_forward_passes
        ):
            for name, explanation in made.items():
                for judge_name, method in methods_of(self.judges).items():
                    verdict = judge(classifier, explanation, method, self.steps, BATCH, counting(report_forward_passes))
                    found.append(
                        {
                            "image": block.indices[place],
                            "explained_under": name,
                            "judged_under": judge_name,
                            "deletion": verdict.deletion,
                            "insertion": verdict.insertion,
                            "separation": verdict.separation,
                        }
                    )
        return found
