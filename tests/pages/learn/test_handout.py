"""The button that hands out the lesson: nothing is made before somebody presses it."""

from streamlit.testing.v1 import AppTest

from pages.learn import handout as button


def script():
    from masking.lessons import load_text
    from pages.learn.handout import show_handout

    show_handout(load_text("de"))


def test_the_file_is_made_when_somebody_asks_for_it_and_once(monkeypatch):
    made = []
    monkeypatch.setattr(button, "make_handout", lambda text: made.append(text.language) or "the file")
    button._handout.cache_clear()
    app = AppTest.from_function(script, default_timeout=60).run()
    assert not app.exception
    (shown,) = app.get("download_button")
    assert shown.proto.label == "Handout"
    assert "HTML" in shown.proto.help
    assert made == []
    assert [button._handout("de"), button._handout("de")] == ["the file"] * 2
    assert made == ["de"]
    button._handout.cache_clear()
