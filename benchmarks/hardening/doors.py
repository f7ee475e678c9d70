"""Every door of the program that is a function of the library."""

from collections.abc import Mapping

from benchmarks.hardening.data_doors import DATA_DOORS
from benchmarks.hardening.document_doors import DOCUMENT_DOORS
from benchmarks.hardening.door import Door
from benchmarks.hardening.picture_doors import PICTURE_DOORS
from benchmarks.hardening.weight_doors import WEIGHT_DOORS

DOORS: Mapping[str, Door] = {**PICTURE_DOORS, **WEIGHT_DOORS, **DOCUMENT_DOORS, **DATA_DOORS}
