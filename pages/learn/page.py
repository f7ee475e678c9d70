"""The lesson's page: which screen is shown, and how it is put together."""

import html
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st
from streamlit.components import v2

from masking.lessons import IDEAS, Idea, Text, all_ideas
from masking.lessons.parts import Part, Widget
from pages.learn.guesses import ask_for_guess, is_shown, judge_guess, offer_to_show, show_review
from pages.learn.handout import show_handout
from pages.learn.live import show_facts, show_origin
from pages.learn.parts import show_part
from pages.learn.progress import (
    REVIEW,
    address,
    control_value,
    current_screen,
    current_text,
    guesses,
    has_control_value,
    query,
    set_control,
    set_guess,
    show_screen,
)
from pages.learn.sets import show_sets
from pages.learn.sources import show_sources
from pages.shell.presentation import is_presenting

_top = v2.component("lesson_top", js=Path(__file__).with_name("top.js").read_text("utf-8"))


def learn_page() -> None:
    """Draw the steps and the current screen."""
    text, name = current_text(), current_screen()
    _show_steps(name, text)
    if name == REVIEW:
        show_review(text)
    else:
        _show_idea(IDEAS[name], text)
    _show_way_on(name, text)
    if not is_presenting():
        show_sets(text)
        _top(key="lesson-top", data={"screen": name, "address": address()})


def _show_steps(current: str, text: Text) -> None:
    """Draw a button for each idea: where the reader is, and how far the lesson goes."""
    with st.container(horizontal=True, gap=None, key="lesson-steps"):
        for idea in all_ideas():
            title = f"{idea.number}. {text(f'{idea.name}.title')}"
            _step_button(idea.name, str(idea.number), title, current)
        _step_button(REVIEW, text("lesson.to_review"), text("lesson.review.title"), current)
        if current != REVIEW:
            title = html.escape(text(f"{current}.title"))
            st.html(f"<p class='mx-idea'>{IDEAS[current].number}. {title}</p>", width="content")


def _step_button(name: str, label: str, title: str, current: str) -> None:
    key = f"step-now-{name}" if name == current else f"step-{name}"
    st.button(label, key=key, help=title, type="tertiary", on_click=show_screen, args=[name])


def _show_idea(idea: Idea, text: Text) -> None:
    """Draw one screen: the question and the guess; then control, figure, verdict and the sentence to keep."""
    st.html(f"<h2 class='mx-question' tabindex='-1'>{html.escape(text(f'{idea.name}.question'))}</h2>")
    is_open = idea.name in guesses() or is_shown(idea) or has_control_value()
    if idea.guesses and not is_open:
        ask_for_guess(idea, text)
        _show_parts(idea, idea.tease(text), text)
        return
    with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="lesson-control"):
        at = _pick_value(idea, text)
        verdict = st.empty()
    facts, job = show_facts(idea, at)
    screen = idea.draw(at, facts, text)
    _show_parts(idea, screen.parts, text)
    if is_open or not any(isinstance(part, Widget) and part.reports for part in screen.parts):
        judged = html.escape(judge_guess(idea, screen.answer, text))
        said = f"<b>{judged}</b> " if judged else ""
        verdict.html(f"<p class='mx-reading' role='status'>{said}{html.escape(screen.verdict)}</p>")
    else:
        with verdict:
            offer_to_show(idea, text)
    st.html(f"<p class='mx-keep'><b>{text('lesson.keep')}:</b> {html.escape(text(f'{idea.name}.keep'))}</p>")
    _show_door(idea, at, text)
    show_origin(idea, at, job, text)
    show_sources(idea, text)


def _show_parts(idea: Idea, parts: tuple[Part, ...], text: Text) -> None:
    with st.container(horizontal=True, gap="medium", key="lesson-figure"):
        for number, part in enumerate(parts):
            show_part(part, f"{idea.name}-{number}", lambda result: set_guess(idea.name, result), text)


def _pick_value(idea: Idea, text: Text) -> str:
    """Draw the idea's control and return its value."""
    control, key, value = idea.control, f"control-{idea.name}", control_value(idea)
    st.session_state[key] = value
    if len(control.values) < 2:
        return value

    def choose() -> None:
        set_control(st.session_state[key])

    label = text(f"{idea.name}.control")
    if control.kind == "slider":
        st.select_slider(
            label, control.values, key=key, on_change=choose, width=280,
            format_func=lambda each: f"{each} {control.unit}".strip(),
        )  # fmt: skip
    else:
        st.segmented_control(
            label, control.values, key=key, required=True, on_change=choose,
            format_func=lambda each: text(f"{idea.name}.at.{each}"),
        )  # fmt: skip
    return value


def _show_door(idea: Idea, at: str, text: Text) -> None:
    """Draw the link to the full page in the state that the screen shows; it carries the way back."""
    link = idea.link(at)
    target = f"{link.address}{'&' if link.parameters else '?'}{urlencode({'lesson': urlencode(query())})}"
    label = html.escape(text(f"{idea.name}.door"))
    st.html(f"<a class='mx-door' target='_self' href='{html.escape(target, quote=True)}'>{label} →</a>")


def _show_way_on(current: str, text: Text) -> None:
    """Draw the buttons to the screens before and after this one."""
    names = [*(idea.name for idea in all_ideas()), REVIEW]
    position = names.index(current)
    with st.container(horizontal=True, gap="small", key="lesson-way"):
        for offset, label, icon in ((-1, "lesson.back", "arrow_back"), (1, "lesson.next", "arrow_forward")):
            if 0 <= position + offset < len(names):
                name = names[position + offset]
                title = text("lesson.to_review") if name == REVIEW else text(f"{name}.title")
                st.button(
                    text(label, title=title), key=f"go{label}", icon=f":material/{icon}:", on_click=show_screen,
                    args=[name], type="primary" if offset > 0 else "secondary",
                )  # fmt: skip
        show_handout(text)
