"""Attribution masks: a picture multiplied again and again by a mask made from its own attribution.

In reading order:

page.py             the iterations, their curves, and the tests
picker.py           up to three attributions with their parameters
measured.py         the labels that it begins with, and how they were chosen
request.py          one job per attribution and one for the tests
rendering.py        the frames of every iteration, rendered once in a job
film_player.py      the player: all frames are in the browser
controls.py         the four tests: does the mask find the object or write the label?
figures.py          the charts
text.py             one sentence for each iteration
send_to_compare.py  a mask made from an attribution opens on Compare
exports.py          files to download, and the same on the command line
"""
