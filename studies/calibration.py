"""Is calibration (MCal) enough? Masking methods without and with it, on pictures that its heads were not fitted to.

    python -m studies.calibration scenes --out studies/results/calibration.json
    python -m studies.calibration photographs DATA --out studies/results/calibration.json
    python -m studies.calibration forms DATA --out studies/results/calibration.json
    python -m studies.calibration ten_classes DATA --out studies/results/calibration.json

`scenes` measures bundled networks on scenes of their own worlds, with their bundled heads: accuracy and class entropy
with patches of 16 px hidden, shape leakage and reliance error with the exact object hidden, and LIME. `photographs`
does the same for `imagenet/efficientnet-lite0` without objects. There is one photograph of each of 250 classes. A head
that was fitted to one half corrects the other, so it has never seen the classes that it corrects. A second head was
fitted to the same photographs under other masks. The truth lies between them. `forms` compares other heads of the first
kind: one per share, and a whole matrix. `ten_classes` has pictures to spare: the network's answers among the ten
classes of Imagenette, with a matrix that is fitted to training pictures and tested on validation pictures. DATA holds
what `studies/photographs.py` reads, and imagenette128_train_jpeg.npz and imagenette128_val_jpeg.npz.

A corrected answer comes from the same forward pass as the plain one. A calibrated method is compared with itself
without calibration, and `neighbour_fill` with layer masking, always on the same pictures. The file is written after
every step, and the same command goes on where an earlier one ended; `--again` starts anew.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

sys.path.insert(0, str(Path(__file__).parent))
from paired.among_classes import fit_among, rows_among
from paired.comparison import CorrectedMethod, Correction, StudyMethods, calibrated
from paired.cross_fit import CrossFittedHeads, collect, cross_fit, fit_all, head_facts
from paired.pictures import StudyPictures, imagenette
from paired.pictures import photographs as read_photographs
from paired.pictures import scenes as render_scenes
from paired.removal import removal_answers, removal_rows
from paired.results import StudyFile
from paired.steps import measure_lime, measure_outline, measure_removal

from masking.calibration import CalibrationHead, CalibrationSettings, find_head
from masking.models.classifier import Classifier

ALL_METHODS = "blackout,greyout,neighbour_fill,layer_masking,token_dropping"
COMPARED_WITH = {"neighbour_fill": "layer_masking"}
SEEDS = {"blackout": 2, "greyout": 2, "layer_masking": 2, "token_dropping": 2, "neighbour_fill": 1}
"""LIME under `neighbour_fill` takes several times as long as under the others, so its seeds are not compared."""
UNFITTED = "neighbour_fill"
"""For the same reason it has no head on the photographs."""
NETWORKS = "silhouettes/resnet,silhouettes/resnet-cutout,silhouettes/resnet-background,silhouettes/vit"
PHOTOGRAPHS_NETWORK = "imagenet/efficientnet-lite0"
PATCH = 16
FORMS = {
    "diagonal for each share": CalibrationSettings(form="diagonal", per_share=True),
    "matrix": CalibrationSettings(form="matrix"),
}
"""Other heads, with the default ridge: a matrix has a million numbers, so no other is tried."""
SAME_PICTURES = ", fitted to the same pictures"

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
Out = Annotated[Path, typer.Option()]
Samples = Annotated[int, typer.Option(help="forward passes of each explanation")]
Methods = Annotated[str, typer.Option(help="masking methods")]
Again = Annotated[bool, typer.Option(help="measure anew what the file has")]
OUT = Path("studies/results/calibration.json")


def bundled_heads(classifier: Classifier, names: tuple[str, ...]) -> Iterator[tuple[str, CalibrationHead]]:
    """Yield the methods that run on a classifier, and their heads; raise ValueError if one is missing."""
    for name in StudyMethods(names).supported(classifier):
        head = find_head(classifier, name)
        if head is None:
            raise ValueError(
                f"{classifier.name} has no calibration of {name}; fit it with `python -m studies.fit_heads --only "
                f"{classifier.name} --methods {name}`, or leave it out with --methods"
            )
        yield name, head


def corrected_by(heads: Mapping[str, CalibrationHead], note: str = "") -> dict[str, CorrectedMethod]:
    """Return calibrated methods by one head for all pictures; the note joins their names."""

    def by(head: CalibrationHead) -> Correction:
        return lambda logits, hidden, positions: head.apply(logits, hidden)

    return {calibrated(name) + note: CorrectedMethod(name, by(head)) for name, head in heads.items()}


@app.command()
def scenes(
    out: Out = OUT,
    networks: Annotated[str, typer.Option(help="bundled silhouettes networks")] = NETWORKS,
    methods: Methods = ALL_METHODS,
    count: Annotated[int, typer.Option(help="scenes with random patches hidden")] = 1024,
    objects: Annotated[int, typer.Option(help="scenes with the exact object hidden")] = 2048,
    explained: Annotated[int, typer.Option(help="scenes that LIME explains; 0 for none")] = 40,
    samples: Samples = 200,
    again: Again = False,
) -> None:
    """Measure networks on rendered scenes, with their bundled heads."""
    torch.set_num_threads(1)
    file, names = StudyFile(out, again), tuple(methods.split(","))
    for network in networks.split(","):
        pictures = render_scenes(network, max(count, objects))
        heads = dict(bundled_heads(pictures.classifier, names))
        compared = StudyMethods(names, corrected_by(heads), COMPARED_WITH)
        measure_removal(file, pictures.first(count), compared, PATCH)
        measure_outline(file, pictures.first(objects), compared)
        file.write(network, "heads", {name: [head_facts(head)] for name, head in heads.items()})
    for network in networks.split(",") if explained else ():
        pictures = render_scenes(network, explained)
        heads = dict(bundled_heads(pictures.classifier, names))
        compared = StudyMethods(names, corrected_by(heads), COMPARED_WITH)
        measure_lime(file, pictures, compared, explained, SEEDS, samples)


@app.command()
def photographs(
    data: Path,
    out: Out = OUT,
    methods: Methods = ALL_METHODS,
    count: Annotated[int, typer.Option(help="photographs at most")] = 250,
    explained: Annotated[int, typer.Option(help="photographs that LIME explains; 0 for none")] = 30,
    samples: Samples = 200,
    heads_folder: Annotated[Path | None, typer.Option(help="folder that keeps the heads for later calls")] = None,
    again: Again = False,
) -> None:
    """Measure the ImageNet network on photographs, with heads that are fitted to one half for the other half."""
    torch.set_num_threads(1)
    file, pictures = StudyFile(out, again), read_photographs(data, PHOTOGRAPHS_NETWORK, count)
    corrected: dict[str, CorrectedMethod] = {}
    names = tuple(methods.split(","))
    for name in StudyMethods(names).supported(pictures.classifier):
        if name == UNFITTED:
            continue
        heads = heads_of(pictures, name, CalibrationSettings(form="diagonal"), heads_folder)
        for note, each in zip(("", SAME_PICTURES), heads, strict=True):
            corrected[calibrated(name) + note] = CorrectedMethod(name, each)
            file.write(pictures.classifier.name, f"heads, {calibrated(name)}{note}", each.facts)
    compared = StudyMethods(names, corrected, COMPARED_WITH)
    measure_removal(file, pictures, compared, PATCH)
    for seeds in ({"blackout": 2, "greyout": 2, "layer_masking": 2}, SEEDS) if explained else ():
        measure_lime(file, pictures, compared, explained, seeds, samples)


def heads_of(
    pictures: StudyPictures, name: str, settings: CalibrationSettings, folder: Path | None
) -> tuple[CrossFittedHeads, CrossFittedHeads]:
    """Return the heads that were fitted to the other half, and those that were fitted to all pictures."""
    paths = [folder / f"{name}-{part}" for part in ("half", "all")] if folder else []
    kept = [CrossFittedHeads.load(path) for path in paths]
    if len(kept) == 2 and kept[0] and kept[1]:
        return kept[0], kept[1]
    samples = collect(pictures, name, settings)
    heads = cross_fit(pictures, name, samples, settings), fit_all(pictures, name, samples, settings)
    for each, path in zip(heads, paths, strict=False):
        each.save(path)
    return heads


@app.command()
def forms(
    data: Path,
    out: Out = OUT,
    count: Annotated[int, typer.Option(help="photographs at most")] = 250,
    methods: Methods = "blackout,greyout,layer_masking",
) -> None:
    """Compare other heads on the photographs: a diagonal for each share, and one matrix."""
    torch.set_num_threads(1)
    pictures = read_photographs(data, PHOTOGRAPHS_NETWORK, count)
    file, names = StudyFile(out), tuple(methods.split(","))
    given = removal_answers(pictures, StudyMethods(names), PATCH)
    rows: list[dict[str, Any]] = []
    for name in names:
        samples = collect(pictures, name, CalibrationSettings())
        own = [answers._replace(logits={name: answers.logits[name]}) for answers in given]
        for form, settings in FORMS.items():
            head = CorrectedMethod(name, cross_fit(pictures, name, samples, settings, (settings.ridge,)))
            measured = removal_rows(own, pictures, StudyMethods((name,), {calibrated(name): head}), form=form)
            rows += [row for row in measured if row["method"] != name]
            file.write(pictures.classifier.name, "forms", {"rows": rows})
            print(*rows[-3:], sep="\n", flush=True)


@app.command("ten_classes")
def ten_classes(
    data: Path,
    out: Out = OUT,
    fitted: Annotated[int, typer.Option(help="training pictures of each class")] = 30,
    tested: Annotated[int, typer.Option(help="validation pictures of each class")] = 50,
    methods: Methods = "blackout,greyout,layer_masking",
) -> None:
    """Measure the ImageNet network's answers among ten classes, with heads that have seen these classes."""
    torch.set_num_threads(1)
    file, names = StudyFile(out), methods.split(",")
    training, testing = (
        imagenette(data, PHOTOGRAPHS_NETWORK, part, count) for part, count in (("train", fitted), ("val", tested))
    )
    rows: list[dict[str, Any]] = []
    for name in names:
        head = fit_among(training, name, CalibrationSettings(form="matrix"))
        rows += rows_among(testing, name, head, PATCH)
        content = {"fitted_to": len(training.labels), "rows": rows, **testing.facts}
        file.write(testing.classifier.name, "ten_classes", content)
        print(*rows[-6:], sep="\n", flush=True)


if __name__ == "__main__":
    app()
