"""Runs that waited when a server ended go on when it starts again, before anybody opens their page."""

import threading
from contextlib import suppress

from pages.shell.bundled import load_alone


def start_waiting_runs() -> None:
    """Start the runs whose turn it is, in a thread, if there are settings.

    Without settings, the page of benchmarks does so as it opens: the first page comes before the library is imported.
    """
    if load_alone("runtime/settings_path").expects_settings():
        threading.Thread(target=start_runs, name="waiting runs", daemon=True).start()


def start_runs() -> None:
    """Start the runs whose turn it is; what is wrong with the store or the settings is said on the page."""
    import masking  # whole and first: two threads that import different parts of it block each other

    del masking
    from masking.benchmarks.storage.store import FILE, Store
    from masking.benchmarks.worker.queue import start_next
    from masking.runtime.run_folder import runs_folder

    with suppress(ValueError, KeyError, OSError):
        if (runs_folder() / FILE).exists():
            with Store(create=False) as store:
                start_next(store)
