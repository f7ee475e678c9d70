"""What results share: manifests, tables, sentences and pictures.

In reading order:

manifest.py       manifests, which hold all that is needed to compute a result again
tables.py         rows as CSV tables
sentences.py      results in plain sentences
hatching.py       hatching, the sign for hidden pixels
verdict.py        what an answer to a picture with hidden parts means: a leak, a harm, or as it should be
contact_sheet.py  a comparison as one picture, panels side by side
notebook.py       results as HTML, for notebooks
"""
