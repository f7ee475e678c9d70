"""The base of every experiment: settings in, one row per image and condition out, and how to read and draw the rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from masking.benchmarks.protocol.aggregate import MEAN, Aggregate
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.measures.measure import MEASURES, Better
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.registry import Registry
from masking.registry.configuration import configure
from masking.registry.params import check_params
from masking.registry.showing import show_value

Row = dict[str, Any]
ReportForwardPasses = Callable[[int], None]
"""A function that is called after each batch with the number of its forward passes. It raises to cancel the run."""


@dataclass(frozen=True)
class Key:
    """A column that says under which condition a row was measured, such as the method or the share removed.

    Attributes:
        name: the name of the column.
        title: the words for headings and axes.
        meaning: a few words.
        unit: the unit with its range.
        of: the registry that its values are names of, if they are.
    """

    name: str
    title: str
    meaning: str
    unit: str = ""
    of: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    @property
    def heading(self) -> str:
        """The title, with the unit if there is one."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    def display_value(self, value: Any) -> str:
        """Return a value for people: the title of a registered name with its settings; `least_salient` in words."""
        if isinstance(value, float):
            return f"{value:g}"
        name, _, settings = str(value).partition(":")
        if name in self.of:
            return self.of[name].title + (f" ({settings})" if settings else "")
        return str(value).replace("_", " ").capitalize()


METHOD = Key("method", "Method", "what stood in for the hidden pixels", of=METHODS)


@dataclass(frozen=True)
class Outcome:
    """A number that is computed from the rows of one condition.

    Attributes:
        name: its name in tables and exports.
        title: the words for headings.
        unit: the unit with its range.
        better: the better direction; None where neither is better.
        meaning: one sentence.
        columns: the columns of the rows that it needs, in the order of the arguments of `by`.
        by: how the values of many images become one number.
    """

    name: str
    title: str
    unit: str
    better: Better | None
    meaning: str
    columns: tuple[str, ...]
    by: Aggregate = MEAN


def measure_outcome(name: str) -> Outcome:
    """Return the outcome that is the mean of a registered measure over images; its column has the measure's name."""
    measure = MEASURES[name]
    return Outcome(name, measure.title, measure.unit, measure.better, measure.meaning, (name,))


@dataclass(frozen=True)
class Curve:
    """A drawing: the outcomes `y`, each in its own figure, over the key `x`.

    Numbers in x give lines, names give bars. Each value of `group` has its own line or colour. Each value of `split`,
    if there is one, has its own panel.
    """

    x: str
    y: tuple[str, ...]
    group: str = "method"
    split: str | None = None


class Experiment:
    """A measurement on many images; subclasses are frozen dataclasses of `param` fields.

    The fields become a form, command line options and a link.
    """

    title: ClassVar[str]
    meaning: ClassVar[str]
    """One sentence that says which question the numbers answer."""
    source: ClassVar[str]
    """The paper and the section."""
    keys: ClassVar[tuple[Key, ...]]
    outcomes: ClassVar[tuple[Outcome, ...]]
    curves: ClassVar[tuple[Curve, ...]]
    needs_objects: ClassVar[bool] = False
    """Whether the experiment needs a data source with known object masks."""
    needs_right_answer: ClassVar[bool] = False
    """Whether the experiment needs a data source with a known optimal accuracy."""
    needs_labels: ClassVar[bool] = False
    """Whether images of a class that the classifier does not know give no rows."""
    before: ClassVar[Mapping[str, Any]] = {}
    """Values of settings for specs that were stored before there were such settings."""
    timed: ClassVar[bool] = False
    """Whether the experiment measures time; if so, no two runs have equal rows."""

    def __post_init__(self):
        check_params(self)

    def key(self, name: str) -> Key:
        """Return the key of that name."""
        return next(key for key in self.keys if key.name == name)

    def refuses(self, classifier: Classifier) -> str | None:
        """Return one sentence on why these settings cannot run on the classifier, or None when they can."""
        del classifier
        return None

    def facts(self) -> Mapping[str, Any]:
        """Return the weight digests of further networks, such as {"teacher": digest}, for manifests."""
        return {}

    def method_states(self, classifier: Classifier) -> Mapping[str, str]:
        """Return a digest for each masking method whose answers something else decides, such as a calibration."""
        del classifier
        return {}

    def notes(self, images: int, aggregates: Sequence[Row]) -> list[str]:
        """Return sentences about what the numbers of so many images leave out; none if they are over all of them."""
        del images, aggregates
        return []

    def join(self, numbers: Sequence[Row]) -> list[Row]:
        """Return the numbers of all conditions, joined where conditions are draws of one; as they are by default."""
        return list(numbers)

    def rows(self, classifier: Classifier, batch: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """Return one flat row per image and condition: `image`, every key, and the columns that the outcomes need.

        Values are numbers, booleans, strings, or None where there is no value. Random choices use `batch.seeds`, so an
        image gives the same rows in every run with the same seed.

        Args:
            classifier: left exactly as found.
            batch: the images.
            report_forward_passes: call it after each batch with the number of its forward passes; it raises to cancel.
        """
        raise NotImplementedError

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        names = [key.name for key in getattr(cls, "keys", ())]
        outcomes = [outcome.name for outcome in getattr(cls, "outcomes", ())]
        for curve in getattr(cls, "curves", ()):
            unknown = {curve.x, curve.group, curve.split} - {*names, None} | {*curve.y} - {*outcomes}
            if unknown:
                raise ValueError(f"a curve of {cls.__name__} draws {min(map(str, unknown))}, which is not declared")


BENCHMARKS: Registry[type[Experiment]] = Registry(
    "experiment", "masking.benchmarks.experiments", "missingness_explorer.experiments"
)


def make_experiment(name: str, settings: Mapping[str, Any]) -> Experiment:
    """Return the experiment of that name with these settings; the others keep their defaults.

    Raises:
        KeyError: there is no such experiment.
        ValueError: there is no such setting, or a value is out of range.
    """
    return configure(BENCHMARKS[name], settings, f"experiment {show_value(name)}")
