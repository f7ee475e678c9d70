"""The guess before the figure, and the table of guesses at the end."""

import streamlit as st

from masking.lessons import Idea, Text, all_ideas, stored_facts
from masking.results.notebook import html_table
from pages.learn.progress import begin_again, guesses, set_guess

SHOW = "show"
"""The guess of somebody who only wants to see the figure; no idea takes it, so it counts as none."""


def ask_for_guess(idea: Idea, text: Text) -> None:
    """Draw a button for each guess, and one that shows the figure without a guess."""
    st.html(f"<p class='mx-ask'>{text('lesson.guess')}</p>")
    with st.container(horizontal=True, gap="small", key="guesses"):
        for guess in idea.guesses:
            label = idea.describe_guess(guess, text)
            st.button(label, key=f"guess-{guess}", on_click=set_guess, args=[idea.name, guess])
        offer_to_show(idea, text)


def offer_to_show(idea: Idea, text: Text) -> None:
    """Draw the button that shows the answer without a guess."""
    st.button(text("lesson.show"), key="show-answer", type="tertiary", on_click=_show, args=[idea.name])


def is_shown(idea: Idea) -> bool:
    """Return whether somebody has asked for the figure without a guess."""
    return idea.name in st.session_state.get(SHOW, ())


def _show(name: str) -> None:
    st.session_state[SHOW] = {*st.session_state.get(SHOW, ()), name}


def judge_guess(idea: Idea, answer: str, text: Text) -> str:
    """Return whether the reader's guess was right, in words; empty without a guess."""
    if (guess := guesses().get(idea.name)) is None:
        return ""
    words = idea.describe_guess(guess, text)
    if not answer:
        return text("lesson.guessed", guess=words)
    answer = idea.answer_to(guess, answer)
    is_right, measured = idea.is_right(guess, answer), idea.describe_guess(answer, text)
    if is_right is None:
        return text(f"{idea.name}.played", guess=words, answer=measured)
    return text("lesson.right" if is_right else "lesson.wrong", guess=words, answer=measured)


def show_review(text: Text) -> None:
    """Draw the last screen: every guess beside what was measured, and the sentences to keep."""
    given, rows, right, judged = guesses(), [], 0, 0
    for idea in all_ideas():
        at = idea.control.start
        answer, guess = idea.draw(at, stored_facts(idea, at), text).answer, given.get(idea.name)
        if guess is not None and answer:
            answer = idea.answer_to(guess, answer)
            if (is_right := idea.is_right(guess, answer)) is not None:
                judged, right = judged + 1, right + is_right
        rows.append(
            {
                text("lesson.review.idea"): f"{idea.number}. {text(f'{idea.name}.title')}",
                text("lesson.review.guess"): text("lesson.unguessed")
                if guess is None
                else idea.describe_guess(guess, text),
                text("lesson.review.answer"): idea.describe_guess(answer, text) if answer else "–",
                text("lesson.review.keep"): text(f"{idea.name}.keep"),
            }
        )
    st.html(f"<h2 class='mx-question' tabindex='-1'>{text('lesson.review.title')}</h2>")
    nothing = text("lesson.review.only_played" if given else "lesson.review.none")
    score = text("lesson.review.score", right=right, total=judged) if judged else nothing
    st.html(f"<p class='mx-reading' role='status'>{score}</p>")
    st.html(f"<div class='mx-matrix' role='region' tabindex='0' aria-label='{score}'>{html_table(rows)}</div>")
    st.button(text("lesson.again"), icon=":material/restart_alt:", on_click=begin_again)
