"""The shell: what every page stands in.

In reading order:

frame.py    settings, menu, heading, style, way on and footer of a page
purposes.py what each page is for, and the sentence to keep of it
citation.py how to cite the program and the papers
history.js  the browser's history: another page or view is a new entry, other changes are not
links.py    what the page's address carries
jobs.py     work in the background, with progress and cancel
on_press.py long work that a button starts, and the settings that its result answers
server.py   the dashboard in a thread of another program, for `masking.explore`
errors.py   errors as sentences
uploads.py  what a link cannot carry, kept on this machine for a while
"""
