"""Workers: the processes that compute runs.

In reading order:

environment.py  the variables with which a worker process finds the same code and the same store
heartbeat.py    a worker's sign of life, which also listens for a cancel
runner.py       computes the open shards of a run and stores each at once
run_time.py     how long a run from a page may be computed
post_mortem.py  why a worker ended without a message
warm_worker.py  a worker that waits for a run with all libraries imported
queue.py        starts the runs whose turn it is
waiting.py      how long a run in the queue still waits
cancel.py       stops a run, and its process if it has not begun
launch.py       lets a run start in a process of its own
"""
