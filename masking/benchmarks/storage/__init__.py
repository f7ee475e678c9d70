"""Storage: runs and their rows in one SQLite file.

In the order of reading:

schema.py    the tables, and how older files become newer ones
run.py       a run: its spec, its progress, and whether its worker lives
rows.py      shards and their rows, each kept whole or not at all
store.py     the store itself
exchange.py  runs as files: export, import, merge
"""
