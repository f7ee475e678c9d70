"""What a run is to compute: one small document, in JSON or TOML, that says all of it.

version = 1
experiment = "patch_removal"
settings = { shares = [0.0, 0.5], methods = ["blackout", "layer_masking"] }
data = { source = "silhouettes" }
classifier = { name = "silhouettes/resnet" }
count = 200
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from masking.benchmarks.protocol.experiment import Experiment, configured, made
from masking.benchmarks.specification.plugins import load_plugins
from masking.datasets.sources import SOURCES, Source
from masking.models.classifier import Classifier, read_bytes
from masking.models.weights import Progress
from masking.models.zoo import FIRST, check_classifier, check_named, load_classifier, load_named
from masking.runtime.settings import load_settings

VERSION = 1
FIRST_SOURCE = "silhouettes"
Values = dict[str, Any]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataSpec(_Part):
    """A data source with its settings."""

    source: str = FIRST_SOURCE
    settings: Values = {}

    def made(self) -> Source:
        """The source. Raises KeyError or ValueError."""
        return configured(SOURCES[self.source], self.settings, f"data source {self.source!r}")


class ModelSpec(_Part):
    """A classifier of the zoo or the settings file by name, or an architecture with own weights."""

    name: str = FIRST
    weights: str | None = None
    categories: str | None = None

    def check(self) -> None:
        """Look whether there is such a classifier, and load nothing. Raises KeyError or ValueError."""
        if self.weights is None and self.categories is None:
            check_named(self.name, load_settings())
        else:
            check_classifier(self.name, self.weights, self.categories)

    def load(self, device: str, on_progress: Progress | None = None) -> Classifier:
        """The classifier, on a device. Raises KeyError or ValueError."""
        if self.weights is None and self.categories is None:
            return load_named(self.name, load_settings(), device, on_progress)
        return load_classifier(self.name, self.weights, self.categories, device, on_progress)


class Spec(_Part):
    """What a run is to compute.

    Attributes:
        experiment: its name in `BENCHMARKS`.
        settings: its settings; those left out have their defaults, and are filled in.
        data: where images come from.
        classifier: what is asked.
        count: how many images; where there are fewer, all.
        first: how many images to skip first.
        seed: of all that is left to chance.
        block: images that are computed and kept together; another block may change the last digits.
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

    @field_validator("plugins")
    @classmethod
    def _absolute(cls, paths: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(Path(path).expanduser().resolve()) for path in paths)

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, given: Any) -> Any:
        """Settings that were left out are written down, so that a later default changes no old spec."""
        if not isinstance(given, Mapping) or "experiment" not in given:
            return given
        values: Values = dict(given)
        _readable(values)
        load_plugins(tuple(values.get("plugins", ())))
        experiment: Any = made(str(values["experiment"]), values.get("settings") or {})
        values["settings"] = _plain(asdict(experiment))
        data = values.get("data", {})
        if isinstance(data, Mapping):
            name = str(data.get("source", FIRST_SOURCE))
            source: Any = configured(SOURCES[name], data.get("settings") or {}, f"data source {name!r}")
            values["data"] = {**data, "settings": _plain(asdict(source))}
        return values

    def made(self) -> Experiment:
        """The experiment, set up."""
        load_plugins(self.plugins)
        return made(self.experiment, self.settings)

    @property
    def digest(self) -> str:
        """sha256 (hex) of everything that decides about the rows; the device and where plugins lie do not."""
        asked = self.model_dump(mode="json", exclude={"device", "plugins"})
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> str:
        """The document, as `read_spec` reads it."""
        return self.model_dump_json(indent=2)


def _readable(values: Values) -> None:
    """Raise ValueError for a later version, or plugins that are no list of paths."""
    version, plugins = values.get("version", VERSION), values.get("plugins", ())
    if isinstance(version, int) and version > VERSION:
        raise ValueError(f"the spec is of version {version} and this program knows {VERSION}; update it")
    if not isinstance(plugins, list | tuple) or not all(isinstance(one, str) for one in plugins):
        raise ValueError(f"plugins is {plugins!r}; give a list of Python files")


def _plain(values: Values) -> Values:
    return json.loads(json.dumps(values))


def stored_spec(text: str) -> Spec:
    """A spec that was checked when it was stored, read again even where its plugin or its data are gone by now."""
    values = json.loads(text)
    parts: Values = {
        "data": DataSpec.model_construct(**values["data"]),
        "classifier": ModelSpec.model_construct(**values["classifier"]),
    }
    return Spec.model_construct(None, **{**values, **parts, "plugins": tuple(values["plugins"])})


def spec_from(values: Any) -> Spec:
    """A spec from plain values. Raises ValueError or KeyError with one sentence."""
    try:
        return Spec.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        inner = first.get("ctx", {}).get("error")
        if isinstance(inner, ValueError):
            raise ValueError(str(inner)) from None  # noqa: TRY004, a wrong value and no wrong type
        place = ".".join(map(str, first["loc"])) or "the spec"
        raise ValueError(f"{place}: {first['msg'][0].lower()}{first['msg'][1:]}; mend that") from None


def read_spec(path: str | Path) -> Spec:
    """A spec from a JSON or TOML file. Raises ValueError or KeyError with one sentence."""
    path = Path(path)
    text = read_bytes(path, "spec")
    try:
        values = tomllib.loads(text.decode("utf-8")) if path.suffix == ".toml" else json.loads(text)
    except (UnicodeDecodeError, ValueError) as error:
        kind = "TOML" if path.suffix == ".toml" else "JSON"
        raise ValueError(f"{path} is not valid {kind} ({error}); mend it") from None
    return spec_from(values)
