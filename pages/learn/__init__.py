"""Learn: eight ideas, one screen each, and at the end the reader's guesses beside what was measured.

In reading order:

page.py        which screen is shown, and how it is put together
top.js         every screen begins at its top
progress.py    what the address carries: the idea, its control, the guesses, the language
guesses.py     the guess before the figure, and the table of guesses at the end
live.py        stored facts first; this machine's own replace them
sources.py     the terms and the papers of an idea
handout.py     the whole lesson as one file
sets.py        for lecturers: the sets of prepared states, each with its link
parts.py       a screen's parts as Streamlit draws them
"""
