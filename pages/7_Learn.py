"""Learn: eight ideas about missing pixels, one screen each."""

# Whole and first: two threads that import different parts of it block each other.
import masking  # noqa: F401  # pyright: ignore[reportUnusedImport]
from pages.learn.page import learn_page
from pages.shell import frame
from pages.shell.links import show_link_warnings

frame.begin("Learn")
learn_page()
show_link_warnings()
frame.end()
