"""Settings of experiments and data sources, as `--set NAME=VALUE` gives them."""

from typing import Any

from masking.registry import near_names
from masking.registry.params import params
from masking.registry.parsing import is_all, parse_value
from masking.registry.showing import show_value


def parse_settings(pairs: list[str], kinds: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Return the settings in texts such as `name=value`, and the names of those that are `all`.

    Values have the types that the dataclasses declare.

    Raises:
        ValueError: a text that sets nothing, an unknown setting or a value of another type.
    """
    values: dict[str, Any] = {}
    whole: set[str] = set()
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise ValueError(f"--set {show_value(pair)} gives no value; write NAME=VALUE")
        owner, _, field = name.rpartition(".")
        if owner not in kinds:
            raise ValueError(
                f"--set {show_value(pair)} sets nothing; write NAME=VALUE, or data.NAME=VALUE for the data"
            )
        declared = {setting.name: setting for setting in params(kinds[owner])}
        if field not in declared:
            offer = near_names(field, list(declared)) if declared else "there is none"
            raise ValueError(f"there is no setting {show_value(name)}; {offer}")
        values[name] = parse_value(declared[field], text)
        whole |= {name} if is_all(declared[field], text) else set()
    return values, whole
