from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest

from masking import METHODS, SEGMENTATIONS
from masking.registry.params import check_params, param, params


@dataclass(frozen=True)
class Sample:
    """One of each kind."""

    count: int = param(4, "how many", low=2, high=10, unit="px")
    share: float = param(0.25, "how much", low=0, high=1)
    colour_of: str = param("red", "which", choices=("red", "blue"))

    def __post_init__(self):
        check_params(self)


@dataclass(frozen=True)
class Plain:
    """Nothing to set."""


def page(kind):
    def script(kind):
        import streamlit as st

        from pages.components.forms import draw_form

        st.session_state["made"] = draw_form(kind, "it")

    at = AppTest.from_function(script, args=(kind,), default_timeout=120).run()
    assert not at.exception
    return at


def test_a_form_shows_defaults_ranges_units_and_meanings():
    at = page(Sample)
    count, share = at.number_input
    assert (count.label, count.value, count.min, count.max) == ("Count (px)", 4, 2, 10)
    assert (share.label, share.value, share.min, share.max) == ("Share", 0.25, 0, 1)
    assert (at.selectbox[0].label, at.selectbox[0].options) == ("Colour of", ["red", "blue"])
    assert [field.help for field in (count, share, at.selectbox[0])] == ["how many", "how much", "which"]


def test_a_form_gives_what_was_set():
    at = page(Sample)
    at.number_input[0].set_value(7)
    at.number_input[1].set_value(0.5)
    at.selectbox[0].select("blue").run()
    assert at.session_state["made"] == Sample(7, 0.5, "blue")


@dataclass(frozen=True)
class Several:
    """Values that their widgets cannot refuse, and one behind them."""

    shares: tuple[float, ...] = param((0.5,), "how much", low=0, high=1)
    names: tuple[str, ...] = param(("red",), "which", choices=("red", "blue"))
    count: int = param(4, "how many", low=2, high=10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("abc", "Shares is 'abc'; give a number."),
        ("2", "Shares is 2.0; it must be between 0 and 1."),
        ("0.5, 0.5", "Shares holds 0.5 twice; name each value once."),
    ],
)
def test_a_bad_value_has_an_error_under_its_widget_and_all_others_stay(text, message):
    def script(kind):
        import streamlit as st

        from pages.components.forms import InvalidValueError, draw_form

        st.session_state.pop("made", None)
        try:
            st.session_state["made"] = draw_form(kind, "it")
        except InvalidValueError as error:
            st.session_state["error"] = str(error)

    at = AppTest.from_function(script, args=(Several,), default_timeout=120).run()
    at.number_input[0].set_value(7)
    at.text_input[0].set_value(text).run()
    assert not at.exception
    assert [error.value for error in at.columns[0].error] == [message]
    assert len(at.error) == 1
    assert at.session_state["error"].lower() == message.rstrip(".").lower()
    assert (at.text_input[0].value, at.multiselect[0].value, at.number_input[0].value) == (text, ["red"], 7)
    at.multiselect[0].set_value([]).run()
    assert len(at.columns[1].error) == 1
    at.text_input[0].set_value("0.25")
    at.multiselect[0].set_value(["blue"]).run()
    assert not at.error
    assert at.session_state["made"] == Several((0.25,), ("blue",), 7)


@pytest.mark.parametrize("kind", [*METHODS.values(), *SEGMENTATIONS.values(), Plain])
def test_untouched_forms_give_the_defaults(kind):
    at = page(kind)
    assert at.session_state["made"] == kind()
    assert len(at.number_input) + len(at.selectbox) == len(params(kind))


@pytest.mark.parametrize(
    ("key", "text"), [("it.count", "99"), ("it.share", "nan"), ("it.share", "x"), ("it.colour_of", "green")]
)
def test_a_link_cannot_set_what_is_out_of_range(key, text):
    def script(kind):
        import streamlit as st

        from pages.components.forms import draw_form

        st.session_state["made"] = draw_form(kind, "it")

    at = AppTest.from_function(script, args=(Sample,), default_timeout=120)
    at.query_params[key] = text
    at.run()
    assert not at.exception
    assert at.session_state["made"] == Sample()
