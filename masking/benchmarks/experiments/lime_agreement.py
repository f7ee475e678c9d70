"""LIME agreement: do explanations of one image agree when the method or the samples differ?"""

from dataclasses import dataclass, replace
from itertools import combinations

from masking.benchmarks.protocol.batch_explanations import explain_batch, refuse_segments
from masking.benchmarks.protocol.experiment import BENCHMARKS, Curve, Key, ReportForwardPasses, Row, measure_outcome
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.protocol.methods_experiment import MethodsExperiment
from masking.measures import rank_correlation, sign_agreement, top_overlap
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.registry.params import param
from masking.segments import SEGMENTATIONS

_OTHER_SAMPLES = 2**31
"""Added to the seed of a run, it gives a seed that no run has."""


@BENCHMARKS.register("lime_agreement")
@dataclass(frozen=True)
class LimeAgreement(MethodsExperiment):
    """Two methods are compared on the same samples; a method and itself are compared on different samples.

    The second comparison shows how much of a difference is noise.
    """

    segments: str = param("grid", "how the picture is divided", choices=tuple(SEGMENTATIONS))
    samples: int = param(250, "forward passes of one explanation", low=2, high=100_000)
    top: int = param(5, "how many of the highest segments are compared", low=1, high=100)

    title = "LIME agreement"
    meaning = "How much does an explanation depend on the masking method, and how much on the random samples?"
    source = "Jain et al. 2022, section 4; the pair of a method with itself: own"
    keys = (
        Key("first", "First", "method of one explanation", of=METHODS),
        Key("second", "Second", "method of the other; the same method: other samples", of=METHODS),
    )
    outcomes = tuple(map(measure_outcome, ("rank_correlation", "top_overlap", "sign_agreement")))
    curves = (Curve("second", ("rank_correlation", "top_overlap", "sign_agreement"), "first"),)

    def refuses(self, classifier: Classifier) -> str | None:
        """Refuse methods that cannot run, and segments as large as the picture."""
        return super().refuses(classifier) or refuse_segments(self.segments, classifier)

    def rows(self, classifier: Classifier, batch: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`."""
        settings = self.methods, self.segments, self.samples, report_forward_passes
        explained = explain_batch(classifier, batch, *settings)
        resampled = explain_batch(classifier, replace(batch, seed=batch.seed + _OTHER_SAMPLES), *settings)
        rows: list[Row] = []
        for (position, explanations), (_, other_samples) in zip(explained, resampled, strict=True):
            pairs = [((a, b), explanations[a], explanations[b]) for a, b in combinations(explanations, 2)]
            pairs += [((name, name), explanations[name], other_samples[name]) for name in explanations]
            for (first, second), *both in pairs:
                weights = both[0].coefficients, both[1].coefficients
                rows.append(
                    {
                        "image": batch.indices[position],
                        "first": first,
                        "second": second,
                        "rank_correlation": rank_correlation(*weights),
                        "top_overlap": top_overlap(*weights, k=min(self.top, len(weights[0]))),
                        "sign_agreement": sign_agreement(*weights),
                    }
                )
        return rows
