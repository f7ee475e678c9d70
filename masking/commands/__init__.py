"""The command line, one file per command; `masking.__main__` runs it."""
