"""The specification of a run: one small document, in JSON or TOML, that says everything about it.

version = 1
experiment = "patch_removal"
settings = { shares = [0.0, 0.5], methods = ["blackout", "layer_masking"] }
data = { source = "silhouettes" }
classifier = { name = "silhouettes/resnet" }
count = 200
"""

import hashlib
import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from masking.benchmarks.protocol.experiment import BENCHMARKS, Experiment, configure, make_experiment
from masking.benchmarks.specification.plugins import Known, known_plugins, load_plugins
from masking.benchmarks.specification.stored_values import read_stored_values
from masking.datasets.sources import SOURCES, Source
from masking.models.classifier import Classifier
from masking.models.weights import Progress
from masking.models.zoo import FIRST, check_named, load_named
from masking.registry.params import params
from masking.registry.showing import show_value
from masking.runtime.door import one_line, show_name
from masking.runtime.file_bytes import MOST_TEXT, read_file
from masking.runtime.network_options import NetworkOptions, read_options
from masking.runtime.paths import expand
from masking.runtime.settings import load_settings
from masking.runtime.text_files import parse_table

VERSION = 1
FIRST_SOURCE = "silhouettes"
Values = dict[str, Any]
_OPTIONS = ("input_size", "mean", "std")
"""The options of a classifier that a specification may hold; the settings file has them all."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataSpec(_Part):
    """A data source with its settings."""

    source: str = FIRST_SOURCE
    settings: Values = {}

    def make_source(self) -> Source:
        """Return the source. Raises KeyError or ValueError."""
        return configure(SOURCES[self.source], self.settings, f"data source {show_value(self.source)}")


class ModelSpec(_Part):
    """A classifier of the zoo or of the settings file by name, or an architecture with own weights.

    Attributes:
        name: as `load_named` takes it; a `module:function` is imported only if this machine's operator has named it.
        weights: a file of weights, or "untrained".
        categories: a file with one class name per line.
        input_size: (height, width) in pixels, where it is not that of the classifier's authors.
        mean: what normalisation subtracts, in [0, 1]: RGB, or one number.
        std: what normalisation divides by, likewise.
    """

    name: str = FIRST
    weights: str | None = None
    categories: str | None = None
    input_size: tuple[int, int] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_options(cls, document: Any) -> Any:
        """Write sizes and numbers as options do: 64 and "64x64" become (64, 64)."""
        if not isinstance(document, Mapping):
            return document
        given = {name: value for name, value in document.items() if name in _OPTIONS}
        return {**document, **read_options(given)}

    @model_serializer(mode="wrap")
    def _leave_out_defaults(self, write: SerializerFunctionWrapHandler) -> Values:
        """Leave out options that are not given, so that specs without them keep their digest."""
        document: Values = write(self)
        return {name: value for name, value in document.items() if value is not None or name not in _OPTIONS}

    @property
    def _options(self) -> NetworkOptions:
        return read_options({name: getattr(self, name) for name in _OPTIONS})

    def check(self) -> None:
        """Check that the classifier exists, without loading it. Raises KeyError or ValueError."""
        check_named(self.name, load_settings(), self.weights, self.categories, **self._options)

    def load(self, device: str, on_progress: Progress | None = None) -> Classifier:
        """Return the classifier on a device. Raises KeyError or ValueError."""
        settings = load_settings()
        return load_named(self.name, settings, device, on_progress, self.weights, self.categories, **self._options)


class Spec(_Part):
    """The specification of a run.

    Attributes:
        experiment: a name in `BENCHMARKS`.
        settings: settings of the experiment; missing ones get their defaults when the spec is made.
        data: the source of the images.
        classifier: the classifier that is measured.
        count: the number of images; all images where the data has fewer.
        first: the number of images to skip at the start.
        seed: the seed of all random choices.
        block: the number of images that are computed and stored together; another value may change the last digits.
        device: auto, cpu, cuda:0 or mps.
        plugins: Python files that register experiments.
    """

    version: Literal[1] = VERSION
    experiment: str
    settings: Values = {}
    data: DataSpec = DataSpec()
    classifier: ModelSpec = ModelSpec()
    count: int = Field(default=200, ge=1, le=10_000_000)
    first: int = Field(default=0, ge=0)
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    block: int = Field(default=16, ge=1, le=4096)
    device: str = "auto"
    plugins: tuple[str, ...] = ()
    _known: Known | None = PrivateAttr(default=None)
    """The plugins that may run; None where a person gave the spec, and so may all that it names."""

    @field_validator("plugins")
    @classmethod
    def _make_absolute(cls, paths: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(os.path.realpath(expand(path)) for path in paths)

    @model_validator(mode="before")
    @classmethod
    def _fill_in_defaults(cls, document: Any) -> Any:
        """Write down the settings that were left out, so that new defaults do not change old specs."""
        if not isinstance(document, Mapping) or "experiment" not in document:
            return document
        values: Values = dict(document)
        _check_version_and_plugins(values)
        load_plugins(tuple(values.get("plugins", ())))
        experiment: Any = make_experiment(str(values["experiment"]), values.get("settings") or {})
        values["settings"] = _as_json(asdict(experiment))
        data = values.get("data", {})
        if isinstance(data, Mapping):
            name = str(data.get("source", FIRST_SOURCE))
            source: Any = configure(SOURCES[name], data.get("settings") or {}, f"data source {show_value(name)}")
            values["data"] = {**data, "settings": _as_json(asdict(source))}
        return values

    @property
    def known_plugins(self) -> Known:
        """The plugins that may run: all that it names, as they are now, if a person gave it. May raise ValueError."""
        return known_plugins(self.plugins) if self._known is None else self._known

    def limit_plugins(self, known: Known) -> "Spec":
        """Return the same spec, which may run these plugins only."""
        spec = self.model_copy()
        spec._known = known
        return spec

    def __eq__(self, other: object) -> bool:  # what may run is not part of what it says
        return isinstance(other, Spec) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(self.digest)

    def load_plugins(self) -> None:
        """Run the plugins. Raises ValueError for one that is missing, or that a stored spec may not run."""
        load_plugins(self.plugins, self._known)

    def make_experiment(self) -> Experiment:
        """Return the experiment with its settings; one that is known already does not need its plugin."""
        try:
            self.load_plugins()
        except ValueError:
            if self.experiment not in BENCHMARKS:
                raise
        return make_experiment(self.experiment, self.all_settings)

    @property
    def all_settings(self) -> Values:
        """The settings, with those that the experiment did not have yet when the spec was stored."""
        before = BENCHMARKS[self.experiment].before if self.experiment in BENCHMARKS else {}
        return {**self.settings, **{name: value for name, value in before.items() if name not in self.settings}}

    @property
    def digest(self) -> str:
        """The sha256 (hex) of everything that determines the rows; the device and the paths of plugins do not."""
        document = self.model_dump(mode="json", exclude={"device", "plugins"})
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> str:
        """Return the document that `read_spec` reads."""
        return self.model_dump_json(indent=2)


def _check_version_and_plugins(values: Values) -> None:
    """Raise ValueError for a later version, or for plugins that are not a list of paths."""
    version, plugins = values.get("version", VERSION), values.get("plugins", ())
    if isinstance(version, int) and version > VERSION:
        raise ValueError(f"the spec is of version {version} and this program knows {VERSION}; update it")
    if not isinstance(plugins, list | tuple) or not all(isinstance(plugin, str) for plugin in plugins):
        raise ValueError(f"plugins is {show_value(plugins)}; give a list of Python files")


def _as_json(values: Values) -> Values:
    """Return values as JSON reads them back: tuples become lists."""
    return json.loads(json.dumps(values))


def stored_spec(text: str, known: Known = frozenset()) -> Spec:
    """Return a stored spec; what it names is not looked up, since its plugin or its data may no longer exist.

    Args:
        text: the spec as JSON.
        known: the plugins that it may run.

    Raises:
        ValueError: it has values of other types.
    """
    values = read_stored_values(text)
    parts: Values = {
        "data": DataSpec.model_construct(**values["data"]),
        "classifier": ModelSpec.model_construct(
            None, **{name: tuple(it) if isinstance(it, list) else it for name, it in values["classifier"].items()}
        ),
    }
    return Spec.model_construct(None, **{**values, **parts, "plugins": tuple(values["plugins"])}).limit_plugins(known)


def spec_from(values: Any) -> Spec:
    """Return a spec from plain values that a person gave; an old name among the settings gives a FutureWarning.

    Raises:
        ValueError: a value is wrong; one sentence.
        KeyError: a name is unknown; one sentence.
    """
    try:
        spec = Spec.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        inner = first.get("ctx", {}).get("error")
        if isinstance(inner, ValueError):
            raise ValueError(str(inner)) from None  # noqa: TRY004, a wrong value and no wrong type
        field = one_line(".".join(map(str, first["loc"])), 100) or "the spec"
        reason = one_line(first["msg"], 300)
        raise ValueError(f"{field}: {reason[:1].lower()}{reason[1:]}; fix that") from None
    _warn_of_old_names(spec)
    return spec


def _warn_of_old_names(spec: Spec) -> None:
    for setting in params(BENCHMARKS[spec.experiment]):
        values = spec.settings[setting.name]
        for value in values if setting.many else (values,):
            name = str(value).partition(":")[0]
            if name in setting.renamed:
                message = f"{name!r} is called {setting.renamed[name]!r} now; the old name is read until version 0.3"
                warnings.warn(message, FutureWarning, stacklevel=3)


def read_spec(path: str | Path) -> Spec:
    """Return a spec from a JSON or TOML file. Raises ValueError or KeyError with one sentence."""
    path = Path(path)
    kind = "TOML" if path.suffix == ".toml" else "JSON"
    values = parse_table(read_file(path, "spec", MOST_TEXT), show_name(path), kind)
    if not isinstance(values, dict) or "experiment" not in values:
        raise ValueError(f"{show_name(path)} names no experiment; write one that `bench experiments` lists")
    return spec_from(values)
