"""Storage: runs and their rows in one SQLite file.

In reading order:

connection.py        the file: waits while another process holds it, says in a sentence what is wrong, transactions
schema.py            the tables, and how older files become newer ones
process_identity.py  which process computes a run, whatever the clock says
run.py               a run: its spec, its progress, and whether its worker is alive
notes.py             title, tags and note of a run, within bounds
run_row.py           a row of the table of runs as a run
rows.py              the table of shards with their rows; a shard is stored with all its rows or not at all
queue_table.py       the queue of each device, in which owners take turns
bin_table.py         deleted runs
plugin_table.py      the plugins that a person named
store.py             the store: its runs, their events and their shards
listings.py          which pictures a run has, to tell in words how they have changed
run_file.py          the file of an exported run, checked before anything is stored
exchange.py          runs as files: export, import, merge
"""
