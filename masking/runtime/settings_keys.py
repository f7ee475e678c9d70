"""Every key of the settings file, with what it means; all others are refused, and docs/settings.md lists these."""

from dataclasses import dataclass

from masking.runtime.limits import Limits, read_limits
from masking.runtime.network_options import OPTION_NAMES

TOP = ""
"""The section of keys that stand above all sections."""


@dataclass(frozen=True)
class SettingsKey:
    """A key of the settings file.

    Attributes:
        name: as the file writes it.
        form: what kind of value it has.
        default: what holds without it.
        meaning: what it says.
    """

    name: str
    form: str
    default: str
    meaning: str


_OPTIONS = {
    "input_size": ("pixels, or [height, width]", "the architecture's; 224 for own networks", "size of the input"),
    "mean": ("a number or three", "the architecture's; ImageNet's for own networks", "what normalisation subtracts"),
    "std": ("a number or three", "the architecture's; ImageNet's for own networks", "what normalisation divides by"),
    "resize": ("pixels", "the architecture's; the input's", "shorter side of a picture before the central crop"),
    "interpolation": ("text", "the architecture's; bilinear", "how pictures are resized"),
    "arguments": ("table", "none", "keyword arguments of the function, or of `timm.create_model`"),
    "output": ("index or name", "the only part that can", "which part of the network's answer holds the logits"),
    "transform_input": ("true or false", "true for torchvision's files", "GoogLeNet and Inception v3: normalise again"),
}


def _limit_keys() -> tuple[SettingsKey, ...]:
    plain, public = read_limits(), read_limits(public=True)
    keys: list[SettingsKey] = []
    for name, each in Limits.model_fields.items():
        low, high = getattr(plain, name), getattr(public, name)
        default = f"{low:,}" if low == high else f"{low:,}; {high:,} on a public server"
        keys.append(SettingsKey(name, "whole number", default, str(each.description)))
    return tuple(keys)


KEYS: dict[str, tuple[SettingsKey, ...]] = {
    TOP: (
        SettingsKey("public", "true or false", "false", "whether people whom the operator does not know may visit"),
        SettingsKey(
            "data_folders",
            "list of folders",
            "anywhere",
            "the dashboard reads data sets from below these only, beside those that the file names; a public server "
            "reads only the latter",
        ),
    ),
    "limits": _limit_keys(),
    "weights": (
        SettingsKey("folder", "folder", "none", "the dashboard reads own weights from below this folder only"),
    ),
    "lessons": (SettingsKey("folder", "folder", "none", "your own sets of prepared states for lectures"),),
    "classifier": (
        SettingsKey("name", "text", "required", "what every list calls it"),
        SettingsKey(
            "architecture", "text", "what the file of weights says", "torchvision's, or `timm/NAME`; or a network"
        ),
        SettingsKey(
            "network", "text", "none", "`module:function`, which makes your own network; its code runs with your rights"
        ),
        SettingsKey(
            "weights",
            "file, or `untrained`",
            "the architecture's own",
            "below the weights folder, or absolute; required without architecture and network",
        ),
        SettingsKey("categories", "file", "those of the weights, else ImageNet's", "one class name per line"),
        *(SettingsKey(name, *_OPTIONS[name]) for name in OPTION_NAMES),
    ),
    "data": (
        SettingsKey("name", "text", "required", "what every list calls it"),
        SettingsKey(
            "source", "text", "required", "the kind of source; all other keys are settings of that kind, such as `path`"
        ),
    ),
}
"""The keys of each section; `[[classifier]]` and `[[data]]` may stand several times."""
