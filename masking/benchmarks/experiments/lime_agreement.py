"""LIME agreement: do explanations of one image, made under different methods or from other samples, say the same?"""

from dataclasses import dataclass, replace
from itertools import combinations

from masking.benchmarks.protocol.batch_answers import methods_of, refused
from masking.benchmarks.protocol.batch_explanations import explain_batch
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
from masking.measures import rank_correlation, sign_agreement, top_overlap
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.registry.params import param
from masking.segments import SEGMENTATIONS


@BENCHMARKS.register("lime_agreement")
@dataclass(frozen=True)
class LimeAgreement(Experiment):
    """Two methods are compared on the same samples; a method with itself, on others, tells how much is noise."""

    methods: tuple[str, ...] = param(
        ("blackout", "greyout", "layer_masking"), "masking methods", choices=tuple(METHODS)
    )
    segments: str = param("grid", "how the picture is cut", choices=tuple(SEGMENTATIONS))
    samples: int = param(250, "forward passes of one explanation", low=2, high=100_000)
    top: int = param(5, "how many of the highest segments are compared", low=1, high=100)

    title = "LIME agreement"
    meaning = "How much an explanation depends on the masking method, and how much on which samples were drawn."
    source = "Jain et al. 2022, section 4; the pair of a method with itself: own"
    keys = (
        Key("first", "First", "method of one explanation", of=METHODS),
        Key("second", "Second", "method of the other; the same method: other samples", of=METHODS),
    )
    outcomes = (measured("rank_correlation"), measured("top_overlap"), measured("sign_agreement"))
    curves = (Curve("second", ("rank_correlation", "top_overlap", "sign_agreement"), "first"),)

    def __post_init__(self):
        super().__post_init__()
        methods_of(self.methods)

    def refuses(self, classifier: Classifier) -> str | None:
        """A method that cannot run."""
        return refused(classifier, self.methods)

    def rows(self, classifier: Classifier, block: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`."""
        other = replace(block, seed=block.seed + 2**31)  # no run has that seed
        found: list[Row] = []
        once = explain_batch(classifier, block, self.methods, self.segments, self.samples, report_forward_passes)
        again = explain_batch(classifier, other, self.methods, self.segments, self.samples, report_forward_passes)
        for (place, made), (_, redrawn) in zip(once, again, strict=True):
            pairs = [((a, b), made[a], made[b]) for a, b in combinations(made, 2)]
            pairs += [((name, name), made[name], redrawn[name]) for name in made]
            for (first, second), *both in pairs:
                weights = both[0].coefficients, both[1].coefficients
                found.append(
                    {
                        "image": block.indices[place],
                        "first": first,
                        "second": second,
                        "rank_correlation": rank_correlation(*weights),
                        "top_overlap": top_overlap(*weights, k=min(self.top, len(weights[0]))),
                        "sign_agreement": sign_agreement(*weights),
                    }
                )
        return found
