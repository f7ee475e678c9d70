"""What the address of the lesson carries: the idea, the value of its control, the guesses and the language.

The session holds the same, so that somebody who comes back from another page goes on where they were.
"""

import streamlit as st

from masking.lessons import Idea, Text, all_ideas, load_text
from masking.lessons.idea import IDEAS
from pages.shell.digits import number_in
from pages.shell.language import ENGLISH, PARAMETER, page_language
from pages.shell.links import add_link_warning, quote
from pages.shell.presentation import is_presenting

LABEL = "Learn"
IDEA, AT, GUESSES = "idea", "at", "guesses"
REVIEW = "review"
"""The name of the last screen, which shows the guesses."""
_STATE, _LEFT = "lesson", "lesson_left"


def _state() -> dict[str, str]:
    """Return idea, control values and guesses of this session, read from the address where it has them.

    While facts are computed, the browser asks again by itself twice a second, and what it sent before it heard of the
    next screen carries the address of the last one. Such an address is put right, or the lesson would go back.
    """
    state: dict[str, str] = st.session_state.setdefault(_STATE, {})
    linked = _linked()
    if linked in _left() and not is_presenting():
        for key in (IDEA, AT, GUESSES):
            _write_to_address(key, state.get(key, ""))
    else:
        state.update(linked)
    return state


def _linked() -> dict[str, str]:
    return {key: st.query_params[key] for key in (IDEA, AT, GUESSES) if key in st.query_params}


def _left() -> list[dict[str, str]]:
    """Return the addresses that this session has gone on from."""
    return st.session_state.setdefault(_LEFT, [])


def _write(**changes: str) -> None:
    state, before = _state(), _linked()
    for key, value in changes.items():
        state[key] = value
        _write_to_address(key, value)
    here = _linked()
    st.session_state[_LEFT] = [each for each in (*_left(), before) if each != here]


def _write_to_address(key: str, value: str) -> None:
    if value:
        st.query_params[key] = value
    elif key in st.query_params:
        del st.query_params[key]


def current_text() -> Text:
    """Return the words in the language of the page."""
    return load_text(page_language(LABEL))


def current_screen() -> str:
    """Return the name of the idea on the page, or `REVIEW`."""
    ideas = all_ideas()
    name = _state().get(IDEA) or ideas[0].name
    if (number := number_in(name)) is not None and 1 <= number <= len(ideas):  # ?idea=4 is easy to say aloud
        name = ideas[number - 1].name
    if name not in IDEAS and name != REVIEW:
        add_link_warning(IDEA, f"The link asks for the idea {quote(name)}, which is not here; going on with the first.")
        name = ideas[0].name
    return name


def show_screen(name: str) -> None:
    """Go to an idea, or to `REVIEW`; its control begins at its start."""
    _write(**{IDEA: name, AT: ""})


def control_value(idea: Idea) -> str:
    """Return the value of the idea's control that the page shows."""
    value = _state().get(AT) or idea.control.start
    if value not in idea.control.values:
        start = idea.control.start
        add_link_warning(
            AT, f"The link's {AT} is {quote(value)}, which this idea does not offer; going on with {start}."
        )
        value = start
    return value


def has_control_value() -> bool:
    """Return whether somebody has moved the control, here or in a link: then the figure is no secret any more."""
    return bool(_state().get(AT))


def set_control(value: str) -> None:
    """Remember the value of the control."""
    _write(**{AT: value})


def guesses() -> dict[str, str]:
    """Return the guesses so far, by the idea's name; what no idea takes is left out."""
    pairs = [pair.partition(":") for pair in (_state().get(GUESSES) or "").split(",")]
    return {name: guess for name, _, guess in pairs if name in IDEAS and IDEAS[name].takes(guess)}


def set_guess(idea: str, guess: str) -> None:
    """Remember a guess; an empty one forgets it."""
    kept = guesses() | {idea: guess}
    _write(**{GUESSES: ",".join(f"{name}:{each}" for name, each in kept.items() if each)})


def begin_again() -> None:
    """Forget all guesses and go to the first idea."""
    _write(**{IDEA: "", AT: "", GUESSES: ""})


def address() -> dict[str, str]:
    """Return what the address has to carry of the lesson; a parameter without a value has to go."""
    state = _state()
    return {key: state.get(key, "") for key in (IDEA, AT, GUESSES)}


def query() -> dict[str, str]:
    """Return the parameters that bring a reader back to where they are."""
    parameters = {key: value for key, value in _state().items() if value}
    language = page_language(LABEL)
    return parameters | ({} if language == ENGLISH else {PARAMETER: language})
