"""LIME on the command line: what makes again what the page shows."""

import shlex
from collections.abc import Mapping
from typing import Any

from masking.attribution import LimeExplanation
from masking.registry.params import params
from masking.segments import SEGMENTATIONS
from pages.lime.form import FITTED
from pages.lime.request import LimeRequest
from pages.pickers.picture import picture_path


def commands(asked: LimeRequest, found: Mapping[str, LimeExplanation]) -> str:
    """One line per method."""
    return "\n".join(_command(asked, name, one) for name, one in found.items())


def _command(asked: LimeRequest, name: str, one: LimeExplanation) -> str:
    segmentation = asked.cut.made_by
    options = {
        "classifier": asked.classifier.name,
        "method": _spelt(name, asked.methods[name]),
        "segments": "labels.png" if segmentation is None else _spelt(_name(segmentation), segmentation),
        "samples": one.settings.samples,
        "seed": one.settings.seed,
        "target": one.target,
    }
    fit = {declared.name: getattr(one.settings, declared.name) for declared in FITTED}
    options |= {declared.name: fit[declared.name] for declared in FITTED if fit[declared.name] != declared.default}
    options |= {"device": asked.classifier.device, "out": f"{name}.png"}
    words = ["python", "-m", "masking", "lime", picture_path(asked.picture)]
    for option, value in options.items():
        words += [f"--{option.replace('_', '-')}", str(value)]
    return shlex.join(words)


def _name(segmentation: object) -> str:
    return next(name for name, one in SEGMENTATIONS.items() if one is type(segmentation))


def _spelt(name: str, entry: Any) -> str:
    """An entry of a registry with what it has other than by default, as `masking.registry.parsing` reads it."""
    values = {one.name: getattr(entry, one.name) for one in params(entry)}
    changed = [f"{one.name}={values[one.name]}" for one in params(entry) if values[one.name] != one.default]
    return ":".join([name, *filter(None, [",".join(changed)])])
