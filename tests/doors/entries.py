"""Entries of a settings file for the odd networks, and the size of their input."""

SIZE = 64
NETWORKS = ("padded", "timm_resnet", "hf_resnet", "one_logit", "shaped")
ENTRY = """
[[classifier]]
name = "odd/{name}"
network = "odd_networks:{name}"
categories = "{names}"
input_size = {size}
mean = 0.5
std = 0.5
"""
