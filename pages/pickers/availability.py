"""Which classifiers work here and now, and which need a download: their order and their marks in the list."""

from collections.abc import Iterable

from masking.models.packaged_networks import packaged_names
from masking.models.torchvision_networks import download_megabytes, needs_download, torchvision_names
from masking.models.zoo import bundled
from masking.runtime.network import is_offline
from masking.runtime.settings import Settings

BUNDLED, HERE, OFFLINE = "bundled", "on this machine", "needs a download: offline"


class Availability:
    """What a list of classifiers says about each.

    Args:
        settings: the operator's.
        cannot_download: whether downloads are known to fail.
    """

    def __init__(self, settings: Settings, cannot_download: bool):
        self._settings = settings
        self._is_offline = cannot_download or is_offline()
        self._to_download = {name for name in torchvision_names() if needs_download(name)}

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Return names with those first that work at once."""
        return sorted(names, key=self._to_download.__contains__)

    def label(self, name: str, title: str) -> str:
        """Return a classifier's title with what it takes to use it."""
        mark = self._mark(name)
        return f"{title} ({mark})" if mark else title

    def _mark(self, name: str) -> str:
        if name in (*bundled(), *packaged_names()):
            return BUNDLED
        own = self._settings.classifiers.get(name)
        published = name if own is None else own.architecture
        if published not in torchvision_names() or (own is not None and own.weights is not None):
            return ""
        if published not in self._to_download:
            return HERE
        return OFFLINE if self._is_offline else f"downloads {download_megabytes(published):.0f} MB"
