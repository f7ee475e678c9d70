"""The base of experiments that measure several masking methods on the same images."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from masking.benchmarks.protocol.batch_answers import answer_batch, parse_methods
from masking.benchmarks.protocol.experiment import Experiment, ReportForwardPasses
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.masks.mask import Mask
from masking.methods import METHODS, Method
from masking.methods.method import states_of
from masking.models.classifier import Classifier
from masking.registry.params import param


@dataclass(frozen=True)
class MethodsExperiment(Experiment):
    """An experiment whose first setting, `methods`, names the masking methods that are measured."""

    methods: tuple[str, ...] = param(
        ("blackout", "greyout", "layer_masking"), "masking methods", choices=tuple(METHODS)
    )

    def __post_init__(self):
        super().__post_init__()
        parse_methods(self.method_names)

    @property
    def method_names(self) -> tuple[str, ...]:
        """All methods that the experiment runs; more than `methods` where other settings name methods too."""
        return self.methods

    def refuses(self, classifier: Classifier) -> str | None:
        """Return why one of the methods cannot run on the classifier, or None."""
        reasons = (method.supports(classifier) for method in parse_methods(self.method_names).values())
        return next(filter(None, reasons), None)

    def method_states(self, classifier: Classifier) -> Mapping[str, str]:
        """Return the state of each method that has one."""
        return states_of(parse_methods(self.method_names), classifier)

    def parsed_methods(self) -> Iterator[tuple[str, Method]]:
        """Yield each of `methods` under its name as it was written."""
        yield from parse_methods(self.methods).items()

    def masked_answers(
        self, classifier: Classifier, batch: ImageBatch, masks: Mask, report_forward_passes: ReportForwardPasses
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield the logits (n, classes), float32 on the CPU, of a batch under each method and the same n masks."""
        for name, method in self.parsed_methods():
            yield name, answer_batch(classifier, batch, report_forward_passes, method, masks)
