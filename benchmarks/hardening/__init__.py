"""What it takes to break the program, measured: scripts whose results are in `benchmarks/results`.

In reading order:

fuzz.py      hostile inputs at every door: doors.py, door.py, hostile.py, bombs.py, outcome.py, and doors in
             data_doors.py, document_doors.py, picture_doors.py, weight_doors.py, command_lines.py, links.py
stores.py    every state of a store at each door: store_states.py
kills.py     workers and servers that are killed: kill_victim.py
end_of_server.py seconds until a server ends
rows.py      rows computed with other numbers of threads
sessions.py  many visitors at once: visitor_session.py, visitor_answers.py, server_under_load.py
"""
