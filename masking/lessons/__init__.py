"""The lesson: eight ideas about missing pixels, one screen each, and what surrounds them.

A screen is plain data: the dashboard and the handouts draw it, each in their way. In reading order:

text.py      the words, one table per language, and numbers as that language writes them
parts.py     what a screen is made of
idea.py      the base class of the ideas, and the registry that finds them
ideas/       one file per idea
pictures.py  classifiers and pictures that several ideas show
window_widget.py  the walk of a window, as a figure that the browser draws
stored.py    facts that were computed when the program was made
study_facts.py  what studies have measured and the lesson quotes
calibration_table.py  each method without and with calibration
prepared.py  sets of prepared states, which a lecturer shows one after the other
references.py  the papers, as text and as BibTeX
glossary.py  what the terms mean
drawing.py   the parts of a screen as HTML
handout_idea.py  one idea as a section of a handout
handout.py   the lesson as one HTML file
"""

from masking.lessons.idea import IDEAS, Idea, Link, ScreenControl, all_ideas
from masking.lessons.stored import stored_facts
from masking.lessons.text import Text, languages, load_text

__all__ = ["IDEAS", "Idea", "Link", "ScreenControl", "Text", "all_ideas", "languages", "load_text", "stored_facts"]
