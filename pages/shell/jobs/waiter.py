"""Who waits for a job: a visitor, a session (a browser tab), and a place on the page."""

from typing import NamedTuple

from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shell.visitor import visitor


class Waiter(NamedTuple):
    """Somebody who waits for a job.

    Attributes:
        visitor: whose turn the job takes; empty outside a page.
        session: Streamlit's id of the session; empty outside a page.
        slot: the place on the page. What is computed for it next replaces what it waited for.
    """

    visitor: str = ""
    session: str = ""
    slot: str = ""


def current_waiter(slot: str) -> Waiter:
    """Return the session that is being drawn, as it waits at this place."""
    context = get_script_run_ctx(suppress_warning=True)
    return Waiter(slot=slot) if context is None else Waiter(visitor(), context.session_id, slot)


def is_connected(session: str) -> bool:
    """Return whether a browser shows this session; what waits outside a page counts as connected."""
    return not session or not Runtime.exists() or bool(Runtime.instance().is_active_session(session))
