"""Attribution masks: a picture multiplied again and again by its own attribution.

In the order of reading:

page.py             the iterations, their curves, and the controls
picker.py           up to three attributions with their parameters
request.py          one job per attribution and one for the controls
rendering.py        the pictures and answers of every iteration as the player takes them
film_player.py      the player: all iterations are in the browser
controls.py         the four controls beside the claim
figures.py          the charts
text.py             what happened, one sentence for each iteration
send_to_compare.py  an attribution becomes a mask on Compare
exports.py          files to download
drawn.py            pictures of the iterations, made once each in a job
"""
