"""Where a benchmark's images come from: one kind of source per file, found by the registry `SOURCES`."""

from masking.datasets.sources.source import Known, Pictures, Source
from masking.registry import Registry

SOURCES: Registry[type[Source]] = Registry("data source", "masking.datasets.sources")

__all__ = ["SOURCES", "Known", "Pictures", "Source"]
