"""What it takes to break the program, measured: scripts whose results are in `benchmarks/results`."""
