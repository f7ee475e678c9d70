"""The data sets that the operator's settings file names, as sources."""

from masking.datasets.sources import SOURCES, Source
from masking.registry.configuration import configure
from masking.runtime.settings import OwnData, Settings


def source_of(data: OwnData) -> Source:
    """Return the source of a named data set; it is opened later.

    Raises:
        ValueError: the kind of source is unknown, or does not take these settings; one sentence.
    """
    label = f"the data set {data.name} in masking.toml"
    try:
        return configure(SOURCES[data.source], data.settings, "it")
    except (KeyError, ValueError) as error:
        raise ValueError(f"{label}: {error.args[0]}") from None


def check_named_sets(settings: Settings) -> None:
    """Check that all named data sets could be opened, without looking for their files.

    Raises:
        ValueError: an entry is wrong; one sentence.
    """
    for data in settings.data.values():
        source_of(data)
