"""Whose runs they are. On a public server only the visitor who started a run may change it; others look at it.

A visitor's token travels in the visitor's own address, so that a reload or a bookmark keeps the rights. The store has
only its sha256, and links that are copied to be shared leave it out.
"""

import hashlib
import hmac

import streamlit as st

from masking.benchmarks.storage.run import Run
from pages.shell.settings import is_public
from pages.shell.visitor import OWNER, is_token, return_as, visitor

LOOK_ONLY = (
    "Another visitor has started this run. You may look at it and compare it; start your own to change it. If it is "
    "yours, open Benchmarks by the address that it had in your browser then."
)
NOBODYS = "No visitor has started this run. You may look at it and compare it; start your own to change it."
"""The run came with the program, or from the command line."""


def owner() -> str:
    """Return what the store keeps of this visitor: the sha256 of the token."""
    return hashlib.sha256(visitor().encode()).hexdigest()


def may_change(run: Run) -> bool:
    """Return whether this visitor may cancel, resume, delete, name and tag a run."""
    return not is_public() or hmac.compare_digest(run.owner.encode(), owner().encode())


def look_only(run: Run) -> str:
    """Return why this visitor cannot change a run, in sentences."""
    return LOOK_ONLY if run.owner else NOBODYS


def check_may_change(run: Run) -> None:
    """Raise ValueError, in a sentence, if this visitor may only look at a run; every action calls it."""
    if not may_change(run):
        raise ValueError(f"run {run.id} was started by another visitor; look at it, and start your own to change it")


def return_by_address() -> None:
    """Give a visitor who comes back by their own address the rights that they had; call it before anything is drawn."""
    token = st.query_params.get(OWNER, "")
    if is_public() and is_token(token):
        return_as(token)


def own_address() -> dict[str, str]:
    """Return the parameters that bring a visitor back; a server that is not public needs none."""
    return {OWNER: visitor()} if is_public() else {}
