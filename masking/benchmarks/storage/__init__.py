"""Storage: runs and their rows in one SQLite file.

In reading order:

schema.py    the tables, how older files become newer ones, and transactions
run.py       a run: its spec, its progress, and whether its worker is alive
run_row.py   a row of the table of runs as a run
rows.py      the table of shards with their rows; a shard is stored with all its rows or not at all
store.py     the store: its runs, their events and their shards
listings.py  which pictures a run has, to tell in words how they have changed
run_file.py  the file of an exported run, checked before anything is stored
exchange.py  runs as files: export, import, merge
"""
