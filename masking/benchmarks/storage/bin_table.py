"""The bin: deleted runs, which come back until somebody empties it."""

from collections.abc import Iterable

from masking.benchmarks.storage.connection import StoreConnection, transaction


class BinTable:
    """The runs of one store that are in the bin."""

    def __init__(self, connection: StoreConnection):
        self._connection = connection

    def rows(self) -> dict[str, int]:
        """Return for each run in the bin the number of its rows."""
        query = "SELECT runs.id, COUNT(rows.run) FROM runs LEFT JOIN rows ON rows.run = runs.id"
        counted = self._connection.execute(f"{query} WHERE runs.deleted IS NOT NULL GROUP BY runs.id")
        return {str(run): int(rows) for run, rows in counted}

    def empty(self, runs: Iterable[str]) -> None:
        """Remove for good those of these runs that are in the bin."""
        with transaction(self._connection) as connection:
            connection.executemany("DELETE FROM runs WHERE id = ? AND deleted IS NOT NULL", [(run,) for run in runs])
