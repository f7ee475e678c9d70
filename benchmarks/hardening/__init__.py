"""What it takes to break the program, measured: scripts whose results are in `benchmarks/results`.

In reading order:

fuzz.py      hostile inputs at every door: doors.py, door.py, hostile.py, command_lines.py, links.py, outcome.py
stores.py    every state of a store at each door: store_states.py
kills.py     workers and servers that are killed
rows.py      rows computed with other numbers of threads
sessions.py  many visitors at once: visitor_session.py, visitor_answers.py, server_under_load.py
"""
