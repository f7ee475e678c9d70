"""What a computation runs on: devices, memory and the operator's settings.

In reading order:

assets.py    where the bundled files are, in a checkout and in a wheel
device.py    the device to compute on: cpu, cuda:i or mps
memory.py    how much memory a computation takes and how much is free
settings.py  what the operator has set in `masking.toml`
"""
