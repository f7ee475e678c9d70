"""The family of a network, guessed from its modules: a vision transformer or a convolutional network."""

from typing import Literal

from torch import nn

Family = Literal["cnn", "vit"]


def guess_family(network: nn.Module) -> Family:
    """Return "vit" if the network has more attention modules than convolutions that mix cells, else "cnn".

    A vision transformer convolves its image once, into patches. A convolutional network with attention inside, such as
    a bottleneck transformer or a ResNet with an attention pool, remains a convolutional network.
    """
    modules = list(network.modules())
    convolutions = sum(isinstance(module, nn.Conv2d) and max(module.kernel_size) > 1 for module in modules)
    return "vit" if sum(map(is_attention, modules)) > convolutions else "cnn"


def is_attention(module: nn.Module) -> bool:
    """Return whether a module lets tokens attend to each other: its name says so, and linear layers are inside.

    Gates of channels or cells that are called attention, such as squeeze-and-excitation, consist of convolutions.
    """
    name = type(module).__name__.lower()
    named = "attention" in name or name.endswith("attn")
    return isinstance(module, nn.MultiheadAttention) or (
        named and any(isinstance(child, nn.Linear) for child in module.children())
    )
