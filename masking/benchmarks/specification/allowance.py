"""What a visitor of the dashboard may start, by the operator's settings.

On a public server, a visitor names things and never writes a path: data sets and classifiers of the settings file, and
those that come with the program or lie on the machine already.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from masking.benchmarks.protocol.experiment import BENCHMARKS
from masking.benchmarks.specification.spec import DataSpec, ModelSpec, Spec
from masking.datasets.sources import SOURCES
from masking.datasets.sources.named_sets import source_of
from masking.models.packaged_networks import packaged_names
from masking.models.torchvision_networks import needs_download, torchvision_names
from masking.models.zoo import DESCRIBED, bundled
from masking.registry.params import params
from masking.runtime.paths import quote_name, resolve
from masking.runtime.settings import Settings

LARGEST_BLOCK = 64
"""Images of one block of a visitor's run: all of them are in memory at once."""


def check_allowed(spec: Spec, settings: Settings) -> None:
    """Check that a visitor may start a run. Nothing that the spec names is opened or looked for.

    Raises:
        ValueError: the operator's settings do not allow it; one sentence that says what to change.
    """
    if spec.count > (most := settings.limits.images_per_run):
        raise ValueError(f"a run here has at most {most:,} images and this one {spec.count:,}; use fewer")
    if settings.public and spec.plugins:
        raise ValueError("this server runs no plugins; choose an experiment of the list")
    if settings.public:
        _check_model_allowed(spec.classifier)
    if spec.experiment not in BENCHMARKS:
        raise ValueError(f"this server has no experiment {quote_name(spec.experiment)}; choose one of the list")
    check_data_allowed(spec.data, settings)
    for name in (spec.classifier.name, *_free_texts(BENCHMARKS[spec.experiment], spec.settings)):  # such as a teacher
        check_network_allowed(name, settings)
    if settings.public and spec.block > LARGEST_BLOCK:
        raise ValueError(f"a block here has at most {LARGEST_BLOCK} images and this one {spec.block:,}; use fewer")


def check_network_allowed(name: str, settings: Settings) -> None:
    """Check that a visitor may load a classifier of this name.

    Raises:
        ValueError: it is a file elsewhere than below the weights folder; on a public server also if it is none that the
            operator offers, or if it would be downloaded.
    """
    if name in settings.classifiers or name in (*bundled(), *packaged_names()):
        return
    if not settings.public:
        if name.endswith(DESCRIBED):
            settings.below(name)
        return
    if name in torchvision_names():
        if needs_download(name) is None:
            return
        raise ValueError(f"{name} is not on this server, and visitors download nothing; choose another classifier")
    raise ValueError(f"this server offers no classifier {quote_name(name)}; choose one of the list")


def check_data_allowed(data: DataSpec, settings: Settings) -> None:
    """Check that a visitor may read a data set. Nothing is opened or looked for.

    Raises:
        ValueError: it is neither a named one nor without paths, or it lies in none of the folders that may be read.
    """
    if data.source not in SOURCES:
        raise ValueError(f"there is no data source {quote_name(data.source)}; choose one of the list")
    paths = list(_free_texts(SOURCES[data.source], data.settings))
    if not paths and not data.settings.get("download"):
        return
    if any(_as_json(data.settings) == named for named in _named_settings(data.source, settings)):
        return
    if settings.public:
        raise ValueError("this server reads only the data sets that its operator has named; choose one of the list")
    if settings.data_folders is None:
        return
    for path in filter(None, paths):
        if not any(resolve(path).is_relative_to(folder.resolve()) for folder in settings.data_folders):
            raise ValueError(
                f"{quote_name(path)} is in none of the folders that this dashboard reads data sets from; choose another"
            )


def _check_model_allowed(model: ModelSpec) -> None:
    if model.weights is not None or model.categories is not None:
        raise ValueError("this server takes no weights of visitors; choose a classifier of the list")
    if (model.input_size, model.mean, model.std) != (None, None, None):
        raise ValueError("this server takes no input options of visitors; choose a classifier of the list")


def _free_texts(kind: Any, settings: dict[str, Any]) -> Iterator[str]:
    """Yield the settings that hold any text: paths of data sources, names of classifiers."""
    for declared in params(kind):
        example = declared.default[0] if declared.many else declared.default
        if declared.name in settings and isinstance(example, str) and not declared.choices:
            value = settings[declared.name]
            yield from map(str, value if isinstance(value, list | tuple) else [value])


def _named_settings(source: str, settings: Settings) -> Iterator[dict[str, Any]]:
    """Yield the settings of the named data sets of a kind, as a spec holds them."""
    for data in settings.data.values():
        if data.source == source:
            values: Any = source_of(data)
            yield _as_json(asdict(values))


def _as_json(values: dict[str, Any]) -> dict[str, Any]:
    """Return values as JSON reads them back: tuples become lists, paths become texts."""
    return json.loads(json.dumps(values, default=lambda value: str(value) if isinstance(value, Path) else None))
