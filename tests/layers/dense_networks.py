"""Torchvision's families, written out block by block on top of the dense oracle; no graph, no engine."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import (
    AlexNet,
    convnext,
    densenet,
    efficientnet,
    get_model,
    inception,
    mnasnet,
    mobilenetv2,
    mobilenetv3,
    regnet,
    resnet,
    shufflenetv2,
    squeezenet,
    vgg,
)
from torchvision.models.googlenet import BasicConv2d, GoogLeNet, Inception
from torchvision.ops import Conv2dNormActivation, SqueezeExcitation, StochasticDepth

from tests.layers import dense_oracle as dense
from tests.layers.dense_oracle import State

SLIM = {
    "convnext_tiny": lambda classes: convnext.ConvNeXt(
        [convnext.CNBlockConfig(wide, 2 * wide if wide < 128 else None, 2) for wide in (16, 32, 64, 128)],
        num_classes=classes,
    ),
    "vgg11_bn": lambda classes: _slim_vgg(classes),
    "dilated resnet50": lambda classes: resnet.ResNet(
        resnet.Bottleneck, [1, 1, 2, 2], classes, replace_stride_with_dilation=[False, True, True]
    ),
}
"""Networks with fewer or narrower layers than those of the zoo, which have a hundred times as many numbers."""


def _slim_vgg(classes: int) -> nn.Module:
    with torch.device("meta"):  # as made, its first linear layers hold 120 million numbers
        network = get_model("vgg11_bn", weights=None)
    for index, (wide_in, wide_out) in {0: (512 * 7 * 7, 32), 3: (32, 32), 6: (32, classes)}.items():
        network.classifier[index] = nn.Linear(wide_in, wide_out)
    network.to_empty(device="cpu")
    for module in network.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    return network


def calibrated(name: str, **settings) -> nn.Module:
    """A network with random weights that does respond to its input: float64, evaluation mode."""
    network = SLIM[name](10) if name in SLIM else get_model(name, weights=None, num_classes=10, **settings)
    network = network.double().eval()
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None  # statistics of exactly the next batch
        norm.train()
    with torch.no_grad():
        network(torch.randn(4, 3, 96, 96, dtype=torch.float64))
    return network.eval()


def logits(network: nn.Module, x: Tensor, keep: Tensor) -> Tensor:
    """The layer masked output of a network of the zoo, by the book."""
    m = keep.double()
    return FORWARDS[type(network)](network, State(dense.select(m, x), m))


def layer(module: nn.Module, s: State) -> State:
    for kind, block in BLOCKS.items():
        if isinstance(module, kind):
            return block(module, s)
    raise TypeError(f"the oracle does not know {type(module).__name__}")


def chain(modules, s: State) -> State:
    for module in modules:
        s = layer(module, s)
    return s


def _residual_block(block, s: State) -> State:
    y = chain([block.conv1, block.bn1, block.relu, block.conv2, block.bn2], s)
    if isinstance(block, resnet.Bottleneck):
        y = chain([block.relu, block.conv3, block.bn3], y)
    skip = s if block.downsample is None else layer(block.downsample, s)
    return layer(block.relu, dense.add(y, skip))


def _fire(fire, s: State) -> State:
    s = dense.pointwise(dense.conv(s, fire.squeeze), F.relu)
    branches = [dense.conv(s, fire.expand1x1), dense.conv(s, fire.expand3x3)]
    return dense.cat([dense.pointwise(branch, F.relu) for branch in branches])


def _dense_block(block, s: State) -> State:
    maps = [s]
    for layer in block.values():
        parts = [layer.norm1, layer.relu1, layer.conv1, layer.norm2, layer.relu2, layer.conv2]
        maps.append(chain(parts, dense.cat(maps)))
    return dense.cat(maps)


def _inverted_residual(block, s: State) -> State:
    if isinstance(block, mobilenetv2.InvertedResidual):
        inner, skips = block.conv, block.use_res_connect
    elif isinstance(block, mnasnet._InvertedResidual):
        inner, skips = block.layers, block.apply_residual
    else:
        inner, skips = block.block, block.use_res_connect
    y = layer(inner, s)
    return dense.add(y, s) if skips else y


def _regnet_block(block, s: State) -> State:
    skip = s if block.proj is None else layer(block.proj, s)
    return layer(block.activation, dense.add(skip, layer(block.f, s)))


def _shuffle_block(block, s: State) -> State:
    if block.stride == 1:
        left, right = (State(x, s.m) for x in s.x.chunk(2, dim=1))
        return dense.shuffle(dense.cat([left, layer(block.branch2, right)]), 2)
    return dense.shuffle(dense.cat([layer(block.branch1, s), layer(block.branch2, s)]), 2)


def _convnext_block(block, s: State) -> State:
    depthwise, rest = block.block[0], block.block[1:]  # rest: layer norm and linear layers, cell by cell
    return dense.add(dense.pointwise(dense.conv(s, depthwise), lambda x: block.layer_scale * rest(x)), s)


def _conv_bn_relu(block, s: State) -> State:
    return dense.pointwise(chain([block.conv, block.bn], s), F.relu)


AVERAGE, MAXIMUM = nn.AvgPool2d(3, stride=1, padding=1), nn.MaxPool2d(3, stride=2)
INCEPTION_PATHS = {  # ".." stands for the pool of the block
    inception.InceptionA: (
        "branch1x1", "branch5x5_1 branch5x5_2", "branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3", "AVERAGE branch_pool",
    ),
    inception.InceptionB: ("branch3x3", "branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3", "MAXIMUM"),
    inception.InceptionC: (
        "branch1x1", "branch7x7_1 branch7x7_2 branch7x7_3",
        "branch7x7dbl_1 branch7x7dbl_2 branch7x7dbl_3 branch7x7dbl_4 branch7x7dbl_5", "AVERAGE branch_pool",
    ),
    inception.InceptionD: (
        "branch3x3_1 branch3x3_2", "branch7x7x3_1 branch7x7x3_2 branch7x7x3_3 branch7x7x3_4", "MAXIMUM",
    ),
    Inception: ("branch1", "branch2", "branch3", "branch4"),
}  # fmt: skip


def _paths(block, s: State) -> State:
    pools = {"AVERAGE": AVERAGE, "MAXIMUM": MAXIMUM}
    branches = [
        [pools[name] if name in pools else getattr(block, name) for name in path.split()]
        for path in INCEPTION_PATHS[type(block)]
    ]
    return dense.cat([chain(branch, s) for branch in branches])


def _inception_e(block, s: State) -> State:
    short, long = layer(block.branch3x3_1, s), chain([block.branch3x3dbl_1, block.branch3x3dbl_2], s)
    return dense.cat(
        [
            layer(block.branch1x1, s),
            dense.cat([layer(block.branch3x3_2a, short), layer(block.branch3x3_2b, short)]),
            dense.cat([layer(block.branch3x3dbl_3a, long), layer(block.branch3x3dbl_3b, long)]),
            chain([AVERAGE, block.branch_pool], s),
        ]
    )


CELL_BY_CELL = (
    nn.BatchNorm2d, nn.ReLU, nn.ReLU6, nn.SiLU, nn.GELU, nn.Hardswish, nn.Hardsigmoid, nn.Sigmoid, convnext.LayerNorm2d,
)  # fmt: skip
BLOCKS = {
    nn.Conv2d: lambda module, s: dense.conv(s, module),
    CELL_BY_CELL: lambda module, s: dense.pointwise(s, module),
    (nn.Identity, nn.Dropout, StochasticDepth): lambda _, s: s,
    nn.MaxPool2d: lambda module, s: dense.max_pool(s, module),
    (nn.AvgPool2d, nn.AdaptiveAvgPool2d): lambda module, s: dense.average_pool(s, module),
    SqueezeExcitation: lambda module, s: dense.squeeze_excite(s, module),
    densenet._DenseBlock: _dense_block,
    (resnet.BasicBlock, resnet.Bottleneck): _residual_block,
    squeezenet.Fire: _fire,
    (mobilenetv2.InvertedResidual, mobilenetv3.InvertedResidual, mnasnet._InvertedResidual): _inverted_residual,
    (efficientnet.MBConv, efficientnet.FusedMBConv): _inverted_residual,
    regnet.ResBottleneckBlock: _regnet_block,
    shufflenetv2.InvertedResidual: _shuffle_block,
    convnext.CNBlock: _convnext_block,
    (BasicConv2d, inception.BasicConv2d): _conv_bn_relu,
    tuple(INCEPTION_PATHS): _paths,
    inception.InceptionE: _inception_e,
    (nn.Sequential, Conv2dNormActivation): lambda module, s: chain(module, s),
}


def _pooled_head(head, s: State) -> Tensor:
    return head(dense.global_mean(s))


def _resnet(net, s: State) -> Tensor:
    parts = [net.conv1, net.bn1, net.relu, net.maxpool, net.layer1, net.layer2, net.layer3, net.layer4]
    return _pooled_head(net.fc, chain(parts, s))


def _features_vector(net, s: State) -> Tensor:
    """AlexNet and VGG: a grid of cells, flattened."""
    return net.classifier(chain([net.features, net.avgpool], s).x.flatten(1))


def _squeezenet(net, s: State) -> Tensor:
    return dense.global_mean(chain([net.features, *net.classifier[:-1]], s))


def _densenet(net, s: State) -> Tensor:
    return _pooled_head(net.classifier, dense.pointwise(layer(net.features, s), F.relu))


def _features_mean(net, s: State) -> Tensor:
    return _pooled_head(net.classifier, layer(net.features, s))


def _convnext(net, s: State) -> Tensor:
    return net.classifier(dense.global_mean(layer(net.features, s))[:, :, None, None])


def _mnasnet(net, s: State) -> Tensor:
    return _pooled_head(net.classifier, layer(net.layers, s))


def _regnet(net, s: State) -> Tensor:
    return _pooled_head(net.fc, chain([net.stem, net.trunk_output], s))


def _shufflenet(net, s: State) -> Tensor:
    return _pooled_head(net.fc, chain([net.conv1, net.maxpool, net.stage2, net.stage3, net.stage4, net.conv5], s))


def _children(net, s: State) -> Tensor:
    """GoogLeNet and Inception: all layers in the order they were made, without the auxiliary heads."""
    parts = [part for name, part in net.named_children() if name not in ("aux1", "aux2", "AuxLogits", "avgpool", "fc")]
    return _pooled_head(net.fc, chain(parts, s))


FORWARDS = {
    AlexNet: _features_vector,
    vgg.VGG: _features_vector,
    resnet.ResNet: _resnet,
    squeezenet.SqueezeNet: _squeezenet,
    densenet.DenseNet: _densenet,
    mobilenetv2.MobileNetV2: _features_mean,
    mobilenetv3.MobileNetV3: _features_mean,
    efficientnet.EfficientNet: _features_mean,
    mnasnet.MNASNet: _mnasnet,
    regnet.RegNet: _regnet,
    shufflenetv2.ShuffleNetV2: _shufflenet,
    convnext.ConvNeXt: _convnext,
    GoogLeNet: _children,
    inception.Inception3: _children,
}
