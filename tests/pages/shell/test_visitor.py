from streamlit.testing.v1 import AppTest

from pages.shell.visitor import is_token

SCRIPT = """
import streamlit as st
from pages.shell.visitor import return_as, visitor

if token := st.query_params.get("token"):
    st.session_state["returned"] = return_as(token)
st.session_state["token"] = visitor()
"""


def session(**address):
    at = AppTest.from_string(SCRIPT)
    at.query_params.update(address)
    return at.run()


def test_a_session_keeps_its_token_and_no_two_have_the_same():
    first, second = session(), session()
    token = first.session_state["token"]
    assert is_token(token)
    assert first.run().session_state["token"] == token
    assert second.session_state["token"] != token


def test_a_visitor_comes_back_with_the_token():
    token = session().session_state["token"]
    again = session(token=token)
    assert again.session_state["returned"]
    assert again.session_state["token"] == token


def test_what_is_no_token_is_nobody():
    for text in ("a", "a" * 42, "a" * 44, "../" + "a" * 40, "ä" * 43):
        at = session(token=text)
        assert not at.session_state["returned"]
        assert at.session_state["token"] != text
