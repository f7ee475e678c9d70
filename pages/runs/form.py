"""A new run's form: experiment, data, classifier and numbers, drawn from what each declares; the spec they make."""

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from masking.benchmarks.protocol.experiment import BENCHMARKS
from masking.benchmarks.specification.spec import FIRST_SOURCE, Spec, spec_from
from masking.benchmarks.storage.store import runs_folder
from masking.datasets.sources import SOURCES
from masking.registry.params import params
from pages.components.forms import UnfitError, form, width
from pages.pickers.classifier import DEVICE, UPLOADED, pick_classifier_name, pick_device_name, settings
from pages.shell import links, uploads
from pages.shell.errors import show_errors

EXPERIMENT, DATA, FIRST_EXPERIMENT = "experiment", "data", "patch_removal"
NUMBERS = {"count": (200, 1, 10_000_000), "seed": (0, 0, 2**31 - 1), "first": (0, 0, 2**31 - 1), "block": (16, 1, 4096)}
"""Default, lowest, highest."""
LABELS = {"count": "Images", "seed": "Seed", "first": "Skip first", "block": "Images per shard"}
MEANINGS = {
    "count": "How many images; where there are fewer, all",
    "seed": "Of all that is left to chance; the same seed gives the same rows, but for times",
    "first": "How many images to leave out at the beginning",
    "block": "Images that are computed and kept together; Cancel and a crash lose at most these",
}


def _registered(label: str, registry: Any, key: str, default: str) -> str:
    names = list(registry)
    links.url_choice(key, names, default, label.lower())
    name = st.selectbox(
        label, names, format_func=lambda one: registry[one].title, key=key, persist_state="session",
        help="  \n".join(f"**{one.title}**: {one.meaning}" for one in registry.values()),
    )  # fmt: skip
    links.write_to_url(key, default)
    return name


def _number(name: str) -> int:
    default, low, high = NUMBERS[name]
    links.url_number(name, default, low, high)
    value = st.number_input(
        LABELS[name], low, high, key=name, persist_state="session", help=MEANINGS[name], step=1
    )  # fmt: skip
    links.write_to_url(name, default)
    return int(value)


def pick_spec() -> Spec | None:
    """The form and what it asks for; None where a setting is wrong, which is told in place.

    Raises ValueError or KeyError, with one sentence, for settings that do not go together.
    """
    with st.container(key="run-pickers"):
        experiments, sources, classifiers, places = st.columns([4, 4, 6, 3], gap="medium")
    with experiments:
        experiment = _registered("Experiment", BENCHMARKS, EXPERIMENT, FIRST_EXPERIMENT)
    with sources:
        source = _registered("Data", SOURCES, DATA, FIRST_SOURCE)
    with places:
        pick_device_name()
    with classifiers:
        classifier = pick_classifier_name()
    kind = BENCHMARKS[experiment]
    st.caption(f"{kind.meaning} {kind.source}.")
    with st.container(key="run-settings"):
        asked = _tried(kind, experiment)
        left, *columns = st.columns([max(1, sum(map(width, params(SOURCES[source])))), *[1] * len(NUMBERS)])
        with left:
            of_data = _tried(SOURCES[source], source)
        numbers: dict[str, int] = {}
        for column, name in zip(columns, NUMBERS, strict=True):
            with column:
                numbers[name] = _number(name)
    if asked is None or of_data is None:
        return None
    return spec_from(
        {
            "experiment": experiment,
            "settings": asked,
            "data": {"source": source, "settings": of_data},
            "classifier": model_of(classifier),
            "device": st.session_state[DEVICE],
            **numbers,
        }
    )


def _tried(kind: Any, key: str) -> dict[str, Any] | None:
    """What a form asks for; None where it is wrong, once that is told."""
    with show_errors(), suppress(UnfitError):
        return asdict(form(kind, key))
    return None


def model_of(name: str) -> dict[str, str]:
    """What a spec says of a classifier by picker name; own weights are architecture@file@categories."""
    architecture, *files = name.split("@")
    given = zip(("weights", "categories"), files, (".safetensors", ".txt"), strict=False)
    return {"name": architecture} | {what: str(_path(file, suffix)) for what, file, suffix in given}


def _path(file: str, suffix: str) -> Path:
    """Where a worker finds a file; uploads are copied beside the runs, since they are cleared after a while."""
    if not file.startswith(UPLOADED):
        return settings().below(file)
    name = file.removeprefix(UPLOADED)
    kept = runs_folder() / "uploads" / f"{name}{suffix}"
    if not kept.exists():
        content = uploads.get(name)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(content)
    return kept
