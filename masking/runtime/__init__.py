"""What a computation runs on: devices, memory and the operator's settings.

In reading order:

assets.py           where the bundled files are, in a checkout and in a wheel
device.py           the device to compute on: cpu, cuda:i or mps
threads.py          the number of threads of a run
memory.py           how much memory a computation takes and how much is free
byte_cache.py       caches that are bounded by the bytes of what they keep
time_left.py        how long work will still take, from the pace of its latest steps
network.py          whether this machine can reach others
paths.py            paths that people write
door.py             the door for what comes from outside: a value, or one sentence
file_bytes.py       the bytes of a file that somebody names
text_files.py       text files, whatever editor wrote them
output_files.py     files to write, checked before the computation that fills them
network_options.py  how a network takes pictures, and how it is made
limits.py           what visitors may take of the machine
settings_path.py    where the operator's file `masking.toml` is
settings_keys.py    every key of that file, with what it means
weights_folder.py   the files below the folder of weights, listed within bounds
settings_values.py  what the operator has set
settings_file.py    how the file is read and refused
settings.py         the settings, read once for each time that their file changes
run_folder.py       the folder of runs
named_networks.py   the own networks that the command line of this machine has named
"""
