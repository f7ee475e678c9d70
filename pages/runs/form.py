"""The form of a new run, drawn from the parameters that experiment, data and classifier declare."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from masking.benchmarks.protocol.experiment import BENCHMARKS
from masking.benchmarks.specification.allowance import LARGEST_BLOCK, check_allowed
from masking.benchmarks.specification.spec import FIRST_SOURCE, Spec, spec_from
from masking.datasets.sources import SOURCES
from masking.registry.params import params
from masking.runtime.run_folder import runs_folder
from masking.runtime.settings import OwnData
from pages.components.forms import InvalidValueError, column_count, draw_form
from pages.pickers.classifier import (
    DEVICE,
    UPLOADED,
    pick_classifier,
    pick_device_name,
    settings,
    split_name,
)
from pages.pickers.data_set import PREFIX, own_data_sets, source_kind
from pages.pickers.live import live_classifiers
from pages.pickers.own_weights import check_architecture
from pages.pickers.row import picker_row
from pages.shell import links, uploads
from pages.shell.errors import escape_markdown, show_errors
from pages.shell.server_paths import without_server_paths

EXPERIMENT, DATA, FIRST_EXPERIMENT = "experiment", "data", "patch_removal"
NUMBERS = {"count": (200, 1, 10_000_000), "seed": (0, 0, 2**31 - 1), "first": (0, 0, 2**31 - 1), "block": (16, 1, 4096)}
"""Default, smallest and largest value, by name."""
LABELS = {"count": "Images", "seed": "Seed", "first": "Images to skip", "block": "Images per block"}
MEANINGS = {
    "count": "How many images to use; all if there are fewer",
    "seed": "The seed of all random numbers; the same seed gives the same rows, except for times",
    "first": "How many images to leave out at the beginning of the data",
    "block": "Images that are computed and saved together; after Cancel or a crash at most one block is lost",
}


@dataclass(frozen=True)
class _OwnSet:
    """A data set of masking.toml among the kinds of sources."""

    data: OwnData

    @property
    def title(self) -> str:
        """Its name."""
        return self.data.name

    @property
    def meaning(self) -> str:
        """What it is, with its settings."""
        kind = SOURCES[self.data.source].title if self.data.source in SOURCES else self.data.source
        settings = ", ".join(f"{name} {value}" for name, value in self.data.settings.items())
        return without_server_paths(f"A data set of masking.toml ({kind}{': ' if settings else ''}{settings}).")


def _data_kinds() -> dict[str, Any]:
    """Return the kinds of sources, and the data sets of masking.toml, by what the link calls them.

    On a public server, of the kinds only rendered scenes: they are on no disk.
    """
    kinds = {FIRST_SOURCE: SOURCES[FIRST_SOURCE]} if settings().public else dict(SOURCES)
    return {**kinds, **{PREFIX + name: _OwnSet(data) for name, data in own_data_sets().items()}}


def _pick_entry(label: str, registry: Mapping[str, Any], key: str, default: str) -> str:
    names = list(registry)
    links.url_choice(key, names, default, label.lower())
    name = st.selectbox(
        label, names, format_func=lambda name: registry[name].title, key=key, persist_state="session",
        help="  \n".join(f"**{kind.title}**: {kind.meaning}" for kind in registry.values()),
    )  # fmt: skip
    links.write_to_url(key, default)
    return name or default


def _pick_number(name: str) -> int:
    default, low, high = NUMBERS[name]
    if name == "count":
        high = min(high, settings().limits.images_per_run)
    if name == "block" and settings().public:
        high = LARGEST_BLOCK
    default = min(default, high)
    links.url_number(name, default, low, high)
    value = st.number_input(
        LABELS[name], low, high, key=name, persist_state="session", help=MEANINGS[name], step=1
    )  # fmt: skip
    links.write_to_url(name, default)
    return int(value)


def pick_spec() -> Spec | None:
    """Draw the form and return its spec; None if a setting is wrong, with a sentence beside that setting.

    Raises:
        ValueError: the settings do not go together, or the operator does not allow them.
        KeyError: a setting names something that does not exist.
    """
    with st.container(key="run-pickers"):
        experiments, sources, classifiers, devices = st.columns([4, 4, 6, 3], gap="medium")
    with experiments:
        experiment = _pick_entry("Experiment", BENCHMARKS, EXPERIMENT, FIRST_EXPERIMENT)
    with sources:
        data_kinds = _data_kinds()
        data_name = _pick_entry("Data", data_kinds, DATA, FIRST_SOURCE)
        data_kind = data_kinds[data_name]
        source = data_kind.data.source if isinstance(data_kind, _OwnSet) else data_name
    with devices:
        pick_device_name()
    with classifiers, picker_row():
        classifier = pick_classifier(source_kind(source))
    kind = BENCHMARKS[experiment]
    st.caption(f"{kind.meaning} {kind.source}.")
    with st.container(key="run-settings"):
        experiment_settings = _pick_settings(kind, experiment)
        fields = 1 if isinstance(data_kind, _OwnSet) else sum(map(column_count, params(data_kind)))
        left, *columns = st.columns([max(1, fields), *[1] * len(NUMBERS)])
        with left:
            if isinstance(data_kind, _OwnSet):
                st.caption(escape_markdown(data_kind.meaning))
                source_settings = data_kind.data.settings
            else:
                source_settings = _pick_settings(data_kind, source)
        numbers: dict[str, int] = {}
        for column, name in zip(columns, NUMBERS, strict=True):
            with column:
                numbers[name] = _pick_number(name)
    if experiment_settings is None or source_settings is None:
        return None
    spec = spec_from(
        {
            "experiment": experiment,
            "settings": experiment_settings,
            "data": {"source": source, "settings": source_settings},
            "classifier": classifier_in_spec(classifier),
            "device": st.session_state[DEVICE],
            **numbers,
        }
    )
    check_allowed(spec, settings())  # before anything that it names is opened
    return spec


def _pick_settings(kind: Any, key: str) -> dict[str, Any] | None:
    """Draw the form of a registered class and return its values; None if one is wrong, with a sentence on the page."""
    with show_errors(), suppress(InvalidValueError):
        return asdict(draw_form(kind, key))
    return None


def classifier_in_spec(name: str) -> dict[str, str]:
    """Return a spec's entry for a classifier by picker name; own weights are written architecture@file@categories.

    Raises:
        KeyError: own weights are for no architecture that there is.
        ValueError: the classifier exists in this process only, or its files are not where they may be.
    """
    if name in live_classifiers():
        raise ValueError(
            f"{name} exists in this Python session only, and a run has a process of its own; name the function that "
            "makes the network in masking.toml, under [[classifier]] as network"
        )
    architecture, *files = split_name(name)
    if files:
        check_architecture(architecture)
    parts = zip(("weights", "categories"), files, (".safetensors", ".txt"), strict=False)
    return {"name": architecture} | {part: str(_file_path(file, suffix)) for part, file, suffix in parts}


def _file_path(file: str, suffix: str) -> Path:
    """Return the path of a file below the operator's folder, or of an upload."""
    if not file.startswith(UPLOADED):
        return settings().below(file)
    return uploads.path_with_suffix(file.removeprefix(UPLOADED), suffix)


def keep_uploads(spec: Spec) -> Spec:
    """Return a spec whose uploaded files are copied beside the runs, because uploads expire; call it as a run starts.

    Raises:
        ValueError: the disk does not take them, or they have expired since.
    """
    model = spec.classifier
    named = {"weights": model.weights, "categories": model.categories}
    copies = {part: str(_copy_upload(Path(path))) for part, path in named.items() if path and _is_upload(path)}
    return spec.model_copy(update={"classifier": model.model_copy(update=copies)}) if copies else spec


def _is_upload(path: str) -> bool:
    return Path(path).parent == uploads.folder()


def _copy_upload(source: Path) -> Path:
    content = uploads.get(source.stem)
    path = runs_folder() / "uploads" / source.name
    if path.is_file() and path.stat().st_size == len(content):
        return path
    partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise ValueError(
            f"{path.name} cannot be kept beside the runs ({error.strerror or error}); make room on the disk"
        ) from None
    return path
