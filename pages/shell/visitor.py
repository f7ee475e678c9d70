"""Who uses the dashboard: a random token per session, known to nobody else."""

import re
import secrets

import streamlit as st

OWNER = "owner"
"""The parameter of a visitor's own address that holds the token; `copy_link.js` leaves it out."""
_KEY = "visitor"
_BYTES = 32
_FORM = re.compile(r"[A-Za-z0-9_-]{43}")


def visitor() -> str:
    """Return the token of this session's visitor: 43 letters, digits, `-` and `_`.

    It is a secret. Whoever holds it has that visitor's rights, so it is neither shown nor stored in the clear.
    """
    if _KEY not in st.session_state:
        st.session_state[_KEY] = secrets.token_urlsafe(_BYTES)
    return st.session_state[_KEY]


def is_token(text: str) -> bool:
    """Return whether a text has the form of a token; one that nobody was given opens nothing."""
    return _FORM.fullmatch(text) is not None


def return_as(token: str) -> bool:
    """Make this session that of a visitor who comes back with a token; return whether it has the form of one."""
    if not is_token(token):
        return False
    st.session_state[_KEY] = token
    return True
