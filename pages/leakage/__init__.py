"""Shape leakage: an object is hidden; does the shape of the hole reveal it?

In reading order:

page.py             the object's editor on one side, what its hole reveals on the other
scene.py            the scene: a picture, or one rendered with cues of chosen strength
cutouts.py          one object hidden by every hole under every method
measurement.py      the same over many scenes: a job, its results
measured_scenes.py  which scenes those are
table.py            the table of the results
figures.py          their charts
"""
