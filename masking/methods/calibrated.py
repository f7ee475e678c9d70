"""Calibrated: the answers of another masking method, corrected by a map that was fitted for it (MCal)."""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from masking.calibration import CalibrationHead, explain_missing, require_head
from masking.masks.mask import Mask
from masking.methods import METHODS, Method, Style
from masking.methods.method import Wrapper
from masking.models.classifier import Classifier
from masking.registry.params import param, params
from masking.registry.parsing import entry_title, format_entry, parse_entry

OTHERS = sorted({file.stem for file in Path(__file__).parent.glob("[a-z]*.py")} - {"calibrated", "method"})
"""What can be calibrated; each file registers the method of its name."""


@METHODS.register("calibrated")
@dataclass(frozen=True)
class Calibrated(Wrapper):
    """A map of the logits, fitted to one network and one method; where nothing is hidden, the plain logits stay."""

    of: str = param("blackout", "masking method to correct", choices=OTHERS)
    title = "Calibrated (MCal)"
    meaning = "The network gets what another method shows it; a fitted map then corrects its answer."
    source = "Sridhar, Xue & Wong, ICLR 2026 (arXiv 2603.04831)"
    style = Style("#965301", "bowtie", "dot", "/")

    def __post_init__(self):
        name = self.of.partition(":")[0]  # it may carry parameters of its own, such as greyout:grey=middle
        params(self)[0].check(name)
        base = parse_entry(METHODS, self.of)
        self.wrap(base, of=format_entry(name, base), head=None)

    @classmethod
    def title_with(cls, assignments: str) -> str:
        """Return the title of a word with these parameters, such as `Calibrated greyout` for `of=greyout`."""
        return f"Calibrated {entry_title(METHODS, assignments.partition('=')[2] or 'blackout').lower()}"

    @classmethod
    def with_head(cls, method: Method, head: CalibrationHead) -> "Calibrated":
        """Return a method corrected by the given head, which `calibrate` fits, whatever the store holds."""
        (made := cls()).wrap(method, of=format_entry(METHODS.name_of(method), method), head=head)
        return made

    def supports(self, classifier: Classifier) -> str | None:
        """Return None, the reason of the base method, or that no usable head of it is there for this classifier."""
        reason = super().supports(classifier)
        return reason or explain_missing(classifier, self.of, vars(self)["head"])

    def state(self, classifier: Classifier) -> str:
        """Return the digest of the head that applies, or "" where none does."""
        return "" if self.supports(classifier) else require_head(classifier, self.of, vars(self)["head"]).digest

    def _answer(self, classifier: Classifier, image: Tensor, mask: Mask) -> tuple[Tensor, Tensor]:
        logits, blind = self.base.answer(classifier, image, mask)
        head = require_head(classifier, self.of, vars(self)["head"])
        return head.apply(logits, (~mask.keep).double().mean((1, 2, 3))), blind
