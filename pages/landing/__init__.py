"""The first page: what the tool is for, within a second.

In reading order:

exhibit.py      the type `Exhibit`, and the stored exhibits
cards.py        an exhibit as HTML
library.py      the library, imported in the background
live.py         exhibits that this machine computes while a stored result is shown
computation.py  the exhibits, computed; it imports the library
curves.py       how often the cat is named, for every hidden share
hero.py         the photograph with its slider, and the drawn scene
doors.py        every page with a picture of it and what one learns there
page.py         the page
"""
