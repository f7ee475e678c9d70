"""What every experiment is: settings in, one row per image and condition out, and how to read and draw these rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, ClassVar

from masking.benchmarks.protocol.aggregate import MEAN, Aggregate
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.measures.measure import MEASURES, Better
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.registry import Registry, near_names
from masking.registry.params import check_params, params

Row = dict[str, Any]
ReportForwardPasses = Callable[[int], None]
"""Called after each batch with the forward passes that it took; raises when the run is to be cancelled."""


@dataclass(frozen=True)
class Key:
    """A column that says under which condition a row was measured, such as the method or the share removed.

    Attributes:
        name: of the column.
        title: as headings and axes name it.
        meaning: in a few words.
        unit: with its range.
        of: where its values are names that are registered, the registry.
    """

    name: str
    title: str
    meaning: str
    unit: str = ""
    of: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    @property
    def heading(self) -> str:
        """The title with the unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    def display_value(self, value: Any) -> str:
        """A value as people write it: a registered name as its title, with its settings; `least_salient` in words."""
        if isinstance(value, float):
            return f"{value:g}"
        name, _, settings = str(value).partition(":")
        if name in self.of:
            return self.of[name].title + (f" ({settings})" if settings else "")
        return str(value).replace("_", " ").capitalize()


METHOD = Key("method", "Method", "how hidden pixels were shown", of=METHODS)


@dataclass(frozen=True)
class Outcome:
    """A number that follows from the rows of one condition.

    Attributes:
        name: as tables and exports call it.
        title: as headings name it.
        unit: with its range.
        better: the better direction; None where neither is.
        meaning: one sentence.
        columns: the columns of the rows that it takes, in the order of `by`'s arguments.
        by: how values of many images become one number.
    """

    name: str
    title: str
    unit: str
    better: Better | None
    meaning: str
    columns: tuple[str, ...]
    by: Aggregate = MEAN


def measured(name: str) -> Outcome:
    """The mean of a measure over images; the column has the measure's name."""
    one = MEASURES[name]
    return Outcome(name, one.title, one.unit, one.better, one.meaning, (name,))


@dataclass(frozen=True)
class Curve:
    """What to draw: outcomes `y`, each in a figure of its own, over the key `x`.

    Where x holds numbers these are lines, else bars. One line or colour per value of `group`, one panel per value of
    `split` if there is one.
    """

    x: str
    y: tuple[str, ...]
    group: str = "method"
    split: str | None = None


class Experiment:
    """A measurement on many images; subclasses are frozen dataclasses of `param` fields.

    The fields become a form, options of the command line and a link.
    """

    title: ClassVar[str]
    meaning: ClassVar[str]
    """One sentence: which question the numbers answer."""
    source: ClassVar[str]
    """Paper and section."""
    keys: ClassVar[tuple[Key, ...]]
    outcomes: ClassVar[tuple[Outcome, ...]]
    curves: ClassVar[tuple[Curve, ...]]
    needs_objects: ClassVar[bool] = False
    """Whether it takes data whose objects are known to the pixel."""
    needs_right_answer: ClassVar[bool] = False
    """Whether it takes data of which is known what the best classifier could do."""
    timed: ClassVar[bool] = False
    """Whether it measures time, so that no two runs are alike."""

    def __post_init__(self):
        check_params(self)

    def key(self, name: str) -> Key:
        """The key of that name."""
        return next(one for one in self.keys if one.name == name)

    def refuses(self, classifier: Classifier) -> str | None:
        """None, or one sentence on why it cannot run on that classifier as it is set."""
        del classifier
        return None

    def facts(self) -> Mapping[str, Any]:
        """Digests of the weights of further networks, by what they are called, such as "teacher"; for manifests."""
        return {}

    def rows(self, classifier: Classifier, block: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """One flat row per image and condition: `image`, every key, and the columns that the outcomes take.

        Values are numbers, truth values, texts, or None where there is none. What is left to chance comes from
        `block.seeds`, so that an image gives the same rows in whatever run it is met.

        Args:
            classifier: left exactly as found.
            block: the images.
            report_forward_passes: call it after each batch with its forward passes; raises to cancel.
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


def made(name: str, settings: Mapping[str, Any]) -> Experiment:
    """The experiment of that name with these settings; the others keep their defaults.

    Raises:
        KeyError: no such experiment.
        ValueError: no such setting, or a value out of range.
    """
    return configured(BENCHMARKS[name], settings, f"experiment {name!r}")


def configured(kind: Any, settings: Mapping[str, Any], called: str) -> Any:
    """A dataclass of `param` fields from plain values, as JSON, TOML or a form have them; raises as `made`."""
    if not isinstance(settings, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance], it comes from a file
        raise ValueError(f"the settings of {called} are {settings!r}; give names with their values")  # noqa: TRY004
    known = {one.name: one for one in params(kind)}
    values: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in known:
            offer = near_names(name, list(known)) if known else "it has none"
            raise ValueError(f"{called} has no setting {name!r}; {offer}")
        declared, default = known[name], known[name].default
        several = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
        example = default[0] if declared.many else default
        values[name] = tuple(_as(example, one, name) for one in several) if declared.many else _as(example, value, name)
    return kind(**values)


def _as(example: Any, value: Any, name: str) -> Any:
    """A value in the type of the default: 1 stands for 1.0, 2.0 for 2."""
    if type(value) is type(example):
        return value
    numbers = isinstance(value, int | float) and isinstance(example, int | float)
    truths = isinstance(value, bool) or isinstance(example, bool)
    if numbers and not truths and isfinite(value) and type(example)(value) == value:
        return type(example)(value)
    kind = {str: "a text", int: "a whole number", float: "a number", bool: "yes or no"}[type(example)]
    raise ValueError(f"{name} is {value!r}; give {kind}")
