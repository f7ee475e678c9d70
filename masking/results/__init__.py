"""What every result shares: provenance, sentences and pictures to keep.

In the order of reading:

manifest.py       what is needed to compute a result again
tables.py         rows as CSV tables
sentences.py      results in plain sentences
hatching.py       hatching, the sign for hidden cells
contact_sheet.py  a comparison as one picture, panels side by side
notebook.py       results as HTML, for notebooks
"""
