"""The plugins that a person named to this store, which its runs may run."""

from masking.benchmarks.specification.plugins import Known
from masking.benchmarks.storage.connection import StoreConnection


class PluginTable:
    """Paths and digests of plugins; nothing that is imported comes in."""

    def __init__(self, connection: StoreConnection):
        self._connection = connection

    def add(self, known: Known) -> None:
        """Add plugins, inside a transaction."""
        self._connection.executemany("INSERT OR IGNORE INTO plugins VALUES (?,?)", known)

    def known(self) -> Known:
        """Return all of them."""
        return frozenset((path, digest) for path, digest in self._connection.execute("SELECT * FROM plugins"))
