"""Which convolutional networks of timm and HuggingFace layer masking runs, and whether it computes what it should.

    python -m studies.architectures --out studies/results/architectures.json
    python -m studies.architectures --only resnet18 --only tf_efficientnet_b0 --again

Each network has random weights, ten classes and calibrated batch norms. It counts as supported if nothing is refused,
if the logits with nothing hidden are the network's own, bit for bit, and if under two masks they are those of
`studies/dense_masking`, which shares no code with the engine. Every file of timm with convolutional networks takes
part. Networks whose attention compares cells with one another are listed apart: layer masking has no rule for them.
Rows of earlier runs are kept, unless `--again` is given.
"""

import json
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import timm
import torch
import typer
from torch import Tensor, nn

from masking import METHODS, Classifier, layer_masked
from masking.results.manifest import manifest

sys.path.insert(0, str(Path(__file__).parent))
from dense_masking import dense_masked

CLASSES = tuple("abcdefghij")
CLOSE = 1e-5
"""The largest difference from the dense definitions, in standard deviations of the logits; some layers use float32."""

CONVOLUTIONAL = """
resnet18 resnet10t resnet26t resnet18d resnet50 resnet50_gn resnetblur18 resnetaa34d resnetrs50 resnext50_32x4d
seresnet18 seresnext26d_32x4d ecaresnet26t ecaresnetlight test_resnet
resnetv2_18 resnetv2_50 resnetv2_50x1_bit resnetv2_50d_gn resnetv2_50d_evos resnetv2_50d_frn
eca_resnext26ts gcresnet33ts gernet_s mobileone_s0 regnetz_b16 regnetz_b16_evos repvgg_a0 resnet32ts resnet51q
resnext26ts seresnext26ts resnet50_clip_gap resnet50_mlp test_byobnet
convmixer_768_32 convnext_atto convnext_atto_ols convnext_atto_rms convnextv2_atto
cspresnet50 cspdarknet53 cs3darknet_focus_s cspnext_tiny densenet121 densenetblur121d dla34 dla60_res2net dpn48b
efficientnet_b0 efficientnet_b0_gn efficientnet_b0_g16_evos efficientnet_blur_b0 efficientnet_cc_b0_4e efficientnet_es
efficientnet_lite0 efficientnetv2_rw_t gc_efficientnetv2_rw_t fbnetc_100 mixnet_s mnasnet_050 mobilenetv1_100
mobilenetv2_050 mobilenet_edgetpu_v2_xs semnasnet_050 spnasnet_100 tinynet_e
tf_efficientnet_b0 tf_efficientnet_lite0 tf_efficientnetv2_b0 tf_efficientnet_cc_b0_4e tf_mixnet_s
fasternet_t0 fastvit_t8 focalnet_tiny_srf ghostnet_050 ghostnetv2_100 ghostnetv3_050 hardcorenas_a hgnet_tiny
hgnetv2_b0 hrnet_w18_small inception_next_atto inception_resnet_v2 inception_v3 inception_v4 lcnetv2_small
mambaout_femto convformer_s18 poolformer_s12 poolformerv2_s12
fbnetv3_b lcnet_050 mobilenetv3_small_050 mobilenetv4_conv_small mobilenetv4_conv_aa_medium tf_mobilenetv3_small_075
tf_mobilenetv3_small_minimal_100
nasnetalarge pnasnet5large dm_nfnet_f0 eca_nfnet_l0 nf_regnet_b0 nf_resnet26 test_nfnet rdnet_tiny
regnetx_002 regnety_002 regnety_040_sgn regnetz_005 regnetv_040
repghostnet_050 repvit_m0_9 res2net50_14w_8s res2next50 resnest14d rexnet_100 rexnetr_100 selecsls42b
legacy_seresnet18 legacy_seresnext26_32x4d skresnet18 starnet_s050 tresnet_m vgg11 vgg11_bn vovnet39a ese_vovnet19b_dw
ese_vovnet39b_evos legacy_xception xception41 xception41p
"""
"""Networks of timm without attention between cells."""

ATTENTIVE = """
resnet50_clip botnet26t_256 sebotnet33ts_256 halonet26t lambda_resnet26t
coatnet_pico_rw_224 test_maxvit caformer_s18 cpubone_t0 csatv2 edgenext_xx_small efficientformer_l1
efficientformerv2_s0 efficientvit_b0 fastvit_sa12 iformer_t levit_conv_128s lowformer_b0 mobilenetv4_hybrid_medium_075
mobilenetv5_300m mobilevit_xxs mobilevitv2_050 nextvit_small shvit_s1 swiftformer_xs visformer_tiny
"""
"""Networks of timm with convolutions, and with attention between cells inside."""

SMALL = {"depths": [1, 2], "hidden_sizes": [8, 16]}
FOUR_STAGES = {"depths": [1] * 4, "hidden_sizes": [8, 16, 24, 32]}
HUGGINGFACE: dict[str, tuple[str, dict[str, Any]]] = {
    "ResNet": ("ResNet", {**SMALL, "embedding_size": 8, "layer_type": "basic"}),
    "ResNet, bottleneck": ("ResNet", {**SMALL, "embedding_size": 8}),
    "ConvNext": ("ConvNext", FOUR_STAGES),
    "ConvNextV2": ("ConvNextV2", FOUR_STAGES),
    "MobileNetV1": ("MobileNetV1", {"depth_multiplier": 0.25}),
    "MobileNetV2": ("MobileNetV2", {"depth_multiplier": 0.35}),
    "RegNet, X": ("RegNet", {**SMALL, "embedding_size": 8, "layer_type": "x", "groups_width": 8}),
    "RegNet, Y": ("RegNet", {**SMALL, "embedding_size": 8, "groups_width": 8}),
    "EfficientNet": ("EfficientNet", {"width_coefficient": 0.5, "depth_coefficient": 0.5, "hidden_dim": 640}),
    "Bit": ("Bit", {**SMALL, "embedding_size": 8, "num_groups": 4}),
    "PoolFormer": ("PoolFormer", FOUR_STAGES),
    "FocalNet": ("FocalNet", {"embed_dim": 8, "depths": [1, 1], "focal_levels": [2, 2], "focal_windows": [3, 3]}),
    "HGNetV2": ("HGNetV2", {}),
    "PPLCNet": ("PPLCNet", {"scale": 0.25}),
    "TextNet": ("TextNet", {}),
    "LeViT": ("Levit", {"image_size": 64}),
    "MobileViT": ("MobileViT", {"image_size": 64}),
    "SwiftFormer": ("SwiftFormer", {}),
}
HUGGINGFACE_ATTENTIVE = {"LeViT", "MobileViT", "SwiftFormer"}


class Architecture(NamedTuple):
    """A network with random weights, and the side of the images that it gets, in pixels."""

    name: str
    library: str
    attentive: bool
    build: Callable[[], nn.Module]
    sizes: tuple[int, ...] = (96, 128, 160, 224, 256)


class LogitsOf(nn.Module):
    """A network of HuggingFace whose answer is its logits, for the dense definitions."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        answer = self.model(x)
        return answer.logits if "logits" in answer else answer.last_hidden_state


def from_timm(name: str) -> nn.Module:
    return timm.create_model(name, num_classes=len(CLASSES))


def from_huggingface(kind: str, settings: dict[str, Any]) -> nn.Module:
    import transformers

    config = getattr(transformers, f"{kind}Config")(**settings, num_labels=len(CLASSES))
    return getattr(transformers, f"{kind}ForImageClassification")(config)


def architectures() -> Iterator[Architecture]:
    for names, attentive in ((CONVOLUTIONAL, False), (ATTENTIVE, True)):
        for name in names.split():
            yield Architecture(name, "timm", attentive, lambda name=name: from_timm(name))
    for name, (kind, settings) in HUGGINGFACE.items():
        attentive = name in HUGGINGFACE_ATTENTIVE
        sizes = (64, 224) if attentive else (96,)
        yield Architecture(name, "HuggingFace", attentive, lambda k=kind, s=settings: from_huggingface(k, s), sizes)


def awakened(network: nn.Module, size: int) -> nn.Module:
    """Give a fresh network weights with which each of its parts matters: no branch is zero, and norms are measured."""
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.abs().max() < 1e-3:
                nn.init.normal_(parameter, std=0.2)
        norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the statistics of exactly the next batch
            norm.train()
        network(torch.randn(4, 3, size, size))
        for norm in norms:
            if norm.affine:
                norm.weight.normal_(1, 0.1)
                norm.bias.normal_(0, 0.1)
    return network.eval()


def built(architecture: Architecture) -> tuple[nn.Module, int]:
    """Build a network at the first size that it takes."""
    for size in architecture.sizes:
        torch.manual_seed(0)
        try:
            return awakened(architecture.build().eval(), size), size
        except (RuntimeError, AssertionError, ValueError):
            if size == architecture.sizes[-1]:
                raise
    raise AssertionError("an architecture has sizes")


def samples(size: int) -> tuple[Tensor, Tensor]:
    """Return two images, one with patches hidden, the other with its left third."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(2, 3, size, size, generator=generator, dtype=torch.float64)
    patch = size // 6
    patches = torch.rand(1, 7, 7, generator=generator).repeat_interleave(patch, 1).repeat_interleave(patch, 2)
    keep = torch.stack([patches[:, :size, :size] < 0.7, torch.ones(1, size, size, dtype=torch.bool)])
    keep[1, :, :, : size // 3] = False
    return x, keep


def heading(architecture: Architecture) -> dict[str, Any]:
    return {"name": architecture.name, "library": architecture.library, "attention": architecture.attentive}


def examined(architecture: Architecture) -> dict[str, Any]:
    """Return what came out for one network: whether it runs, why not, and how far it is from the definitions."""
    started = time.perf_counter()
    network, size = built(architecture)
    network.double()
    row = {**heading(architecture), "size": size}
    classifier = Classifier.from_network(
        network, CLASSES, input_size=(size, size), mean=(0, 0, 0), std=(1, 1, 1), name=architecture.name
    )
    reason = METHODS["layer_masking"]().supports(classifier)
    if reason is None:
        row |= measured(classifier, network, size)
    row["seconds"] = round(time.perf_counter() - started, 1)
    return row | ({"supported": False, "reason": reason} if reason else {})


def measured(classifier: Classifier, network: nn.Module, size: int) -> dict[str, Any]:
    """Compare the engine with the network itself and with the dense definitions, in double precision."""
    x, keep = samples(size)
    engine = layer_masked(classifier.network)
    with torch.inference_mode():
        plain = classifier.network(x)
        unmasked = engine(x, torch.ones_like(keep))
        masked = engine(x, keep)
        elsewhere = engine(torch.where(keep, x.roll(1, 0), x), keep)
    expected = dense_masked(network if isinstance(network(x[:1]), Tensor) else LogitsOf(network), x, keep)
    scale = plain.std()
    facts = {
        "nothing_hidden_is_plain": torch.equal(unmasked, plain),
        "difference": float((masked - expected).abs().max() / scale),
        "effect_of_the_masks": float((masked - plain).abs().max() / scale),
        "effect_of_the_image": float((masked - elsewhere).abs().max() / scale),
    }
    same = facts["nothing_hidden_is_plain"] and facts["difference"] < CLOSE
    return {"supported": same, "reason": "" if same else "differs from the definitions", **facts}


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the share of supported networks by library and by whether they have attention."""
    table: dict[str, Any] = {}
    for library in ("timm", "HuggingFace"):
        for attention in (False, True):
            part = [row for row in rows if (row["library"], row["attention"]) == (library, attention)]
            known = sum(row["supported"] for row in part)
            label = f"{library}, {'with' if attention else 'without'} attention"
            table[label] = {"networks": len(part), "supported": known}
    return table


def main(
    only: Annotated[list[str], typer.Option(help="networks to examine, by name; default all")] = [],  # noqa: B006
    again: Annotated[bool, typer.Option(help="examine networks that have a row already")] = False,
    out: Annotated[Path, typer.Option()] = Path("studies/results/architectures.json"),
) -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    rows = {row["name"]: row for row in json.loads(out.read_text())["rows"]} if out.exists() else {}
    selected = [architecture for architecture in architectures() if not only or architecture.name in only]
    for architecture in selected:
        if architecture.name in rows and not again:
            continue
        try:
            row = examined(architecture)
        except Exception as error:
            origin = traceback.extract_tb(error.__traceback__)[-1]
            reason = f"{type(error).__name__}: {error} ({Path(origin.filename).name}:{origin.lineno})"[:300]
            row = {**heading(architecture), "supported": False, "reason": reason}
        rows[architecture.name] = row
        print(f"{row['name']:<34}{'yes' if row['supported'] else row['reason'][:150]}", flush=True)
        write(out, list(rows.values()))
    print(json.dumps(summary(list(rows.values())), indent=1))


def write(out: Path, rows: list[dict[str, Any]]) -> None:
    versions = {name: version(name) for name in ("timm", "transformers")}
    result = {"manifest": manifest(**versions), "summary": summary(rows), "rows": rows}
    out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
