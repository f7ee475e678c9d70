"""The command line twin of the dashboard: `python -m masking --help`."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from masking.attribution import lime
from masking.datasets.objects import Objects, Rendered, folder
from masking.datasets.worlds import WORLDS, world_of
from masking.holes import HOLES
from masking.image import open_picture
from masking.leakage import able, measure_leakage
from masking.mask import Mask
from masking.methods import METHODS
from masking.models.zoo import bundled, classifier_names, load_classifier, load_named
from masking.predict import USUAL_METHODS, compare
from masking.registry import near_names
from masking.segments import SEGMENTATIONS
from masking.segments.label_map import label_map
from masking.settings import load_settings
from masking.spelling import spelled

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON with a manifest instead of a table.")]
BAD_INPUT = 2
WRITERS = {".png": "to_png", ".csv": "to_csv", ".json": "to_json", ".npz": "to_npz"}


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


@app.command("compare")
def compare_methods(
    image: Annotated[Path, typer.Argument(help="A PNG, JPEG or WEBP picture.")],
    mask: Annotated[Path | None, typer.Option(help="PNG, bright = present, dark = hidden.")] = None,
    patches: Annotated[float | None, typer.Option(help="Instead: hide this share in random patches.")] = None,
    patch: Annotated[int, typer.Option(help="Side of a random patch in pixels.")] = 16,
    seed: Annotated[int, typer.Option(help="Seed of the random patches.")] = 0,
    classifier: Annotated[str, typer.Option(help="See `python -m masking classifiers`.")] = "silhouettes/resnet",
    weights: Annotated[Path | None, typer.Option(help="Own .safetensors or .pth for that architecture.")] = None,
    categories: Annotated[Path | None, typer.Option(help="Class names of own weights, one a line.")] = None,
    methods: Annotated[str, typer.Option(help="Masking methods, separated by commas.")] = ",".join(USUAL_METHODS),
    device: Annotated[str, typer.Option(help="auto, cpu, cuda:0 or mps.")] = "auto",
    sheet: Annotated[Path | None, typer.Option(help="Also write the contact sheet to this PNG.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show one image with a part missing to a classifier, under several masking methods."""
    if weights is None and categories is None:
        model = load_named(classifier, load_settings(), device)
    else:
        model = load_classifier(classifier, weights, categories, device)
    picture = open_picture(image)
    if mask is not None and patches is not None:
        raise ValueError("two things say what to hide; give --mask FILE or --patches SHARE, not both")
    if mask is not None and patches is not None:
        raise ValueError("both --mask and --patches say what to hide; give one of them")
    if mask is not None:
        source: dict[str, Any] = {"file": mask.name}
        hidden = model.prepare_mask(mask, (picture.height, picture.width))
    elif patches is not None:
        source = {"random_patches": {"share": patches, "patch": patch, "seed": seed}}
        hidden = Mask.random_patches(model.input_size, patches, patch, seed)
    else:
        raise ValueError("nothing says what to hide; give --mask FILE or --patches SHARE")
    comparison = compare(model, picture, hidden, _split(methods), mask_source=source)
    if sheet is not None:
        sheet.write_bytes(comparison.to_png())
    if as_json:
        typer.echo(comparison.to_json())
        return
    for row in comparison.rows(k=0):
        typer.echo(
            f"{row['method']:<22}{row['predicted']:<28}{row['probability']:>7.1%}"
            f"{row['change_of_original_class']:>+9.1%}{row['predictive_entropy_bits']:>8.2f} bits"
        )
    typer.echo(comparison.sentence)


@app.command("leakage")
def shape_leakage(
    scenes: Annotated[int, typer.Option(help="How many rendered scenes; two per pair of classes are needed.")] = 512,
    seed: Annotated[int, typer.Option(help="Seed of the first scene.")] = 0,
    world: Annotated[str | None, typer.Option(help="Default: the one the classifier was trained on.")] = None,
    images: Annotated[Path | None, typer.Option(help="Instead: a folder of pictures …")] = None,
    masks: Annotated[Path | None, typer.Option(help="… and one of PNG masks, same stems; object above 0.")] = None,
    classifier: Annotated[str, typer.Option(help="See `python -m masking classifiers`.")] = "silhouettes/resnet",
    methods: Annotated[str, typer.Option(help="Masking methods, separated by commas; default all that can run.")] = "",
    holes: Annotated[str, typer.Option(help="Holes, separated by commas; or `all`.")] = "exact",
    only_right: Annotated[bool, typer.Option(help="Only what is named rightly with nothing hidden.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda:0 or mps.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Cut objects out of scenes: how many bits does the shape of the hole tell the classifier?"""
    model = load_named(classifier, load_settings(), device)
    if (images is None) != (masks is None):
        raise ValueError("pictures need masks and masks pictures; give both --images and --masks")
    if images is not None and masks is not None:
        objects: Objects = folder(images, masks)
    else:
        if world is not None and world not in WORLDS:
            raise ValueError(f"there is no world {world!r}; {near_names(world, list(WORLDS))}")
        own = world_of(classifier) if classifier in bundled() else WORLDS["ordinary"]
        objects = Rendered(own if world is None else WORLDS[world], scenes, seed)
    wanted = list(HOLES) if holes == "all" else _split(holes)
    found = measure_leakage(model, objects, _split(methods) or able(model), wanted)
    found = found.only_right() if only_right else found
    if as_json:
        typer.echo(found.to_json())
        return
    rows = found.rows
    typer.echo(f"{'method':<22}{'hole':<14}{'accuracy':>9}  {'95 %':<15}{'bits':>6}  95 %")
    for row in rows:
        typer.echo(
            f"{row['method']:<22}{row['hole']:<14}{row['accuracy']:>9.1%}  "
            f"{row['accuracy_low']:.1%} … {row['accuracy_high']:<7.1%}{row['bits']:>6.2f}  "
            f"{row['bits_low']:.2f} … {row['bits_high']:.2f}"
        )
    few = len(found) < found.wanted
    note = f" They are few: bits may be too high, their intervals too narrow; {found.wanted} would do." if few else ""
    typer.echo(f"{len(found)} scenes; guessing is right in {found.chance:.2%}.{note}")


@app.command("lime")
def explain(
    image: Annotated[Path, typer.Argument(help="A PNG, JPEG or WEBP picture.")],
    classifier: Annotated[str, typer.Option(help="See `python -m masking classifiers`.")] = "silhouettes/resnet",
    method: Annotated[
        str, typer.Option(help="Masking method, such as greyout or greyout:grey=middle.")
    ] = "layer_masking",
    segments: Annotated[
        str, typer.Option(help="Segmentation, such as slic:count=100; or a label map, .npy or PNG.")
    ] = "slic",
    samples: Annotated[int, typer.Option(help="Forward passes.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the samples.")] = 0,
    target: Annotated[str | None, typer.Option(help="Class, by name or index; default the predicted one.")] = None,
    out: Annotated[Path | None, typer.Option(help="Also write a .png, .csv, .json or .npz file.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda:0 or mps.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """LIME: how much each segment of a picture adds to the probability of a class, under a masking method."""
    if out is not None and out.suffix not in WRITERS:
        raise ValueError(f"{out.name} can be none of {', '.join(WRITERS)}; choose one of these endings")
    model = load_named(classifier, load_settings(), device)
    file = Path(segments)
    found = lime(
        model,
        image,
        spelled(METHODS, method),
        int(target) if target and target.isdecimal() else target,
        label_map(file, model.input_size) if file.suffix in {".npy", ".png"} else spelled(SEGMENTATIONS, segments),
        samples,
        seed,
    )
    if out is not None:
        written = getattr(found, WRITERS[out.suffix])()
        out.write_bytes(written if isinstance(written, bytes) else written.encode())
    if as_json:
        typer.echo(found.to_json())
        return
    for row in found.rows:
        typer.echo(f"segment {row['segment']:<6}{row['coefficient']:>+9.4f}  {row['low']:+.4f} … {row['high']:+.4f}")
    typer.echo(
        f"{found.category}: {float(found.probabilities[0]):.1%}; {len(found)} samples of {len(found.coefficients)} "
        f"segments under {found.title.lower()}, weighted R² {found.r2:.2f}."
    )


@app.command("classifiers")
def list_classifiers(as_json: AsJson = False) -> None:
    """Every classifier one can name, bundled ones first."""
    names = [*load_settings().classifiers, *classifier_names()]
    typer.echo(json.dumps(names) if as_json else "\n".join(names))


@app.command("methods")
def list_methods(as_json: AsJson = False) -> None:
    """Every masking method with its meaning."""
    facts = {name: {"meaning": m.meaning, "source": m.source, "hides": m.hides} for name, m in METHODS.items()}
    typer.echo(
        json.dumps(facts, indent=2) if as_json else "\n".join(f"{n:<22}{f['meaning']}" for n, f in facts.items())
    )


@app.command("train")
def train_classifier(
    config: Annotated[Path, typer.Argument(help="A TOML file such as assets/configs/silhouettes-resnet.toml.")],
    out: Annotated[Path | None, typer.Option(help="Where to write the safetensors file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train a classifier; a killed training goes on from its checkpoint when started again."""
    from masking.models.training import train

    def tell(progress: Any) -> None:
        typer.echo(str(progress), err=True)

    result = train(config, out, tell)
    typer.echo(json.dumps(dataclasses.asdict(result), default=str) if as_json else str(result))


@app.command("scenes")
def render_gallery() -> None:
    """Render the gallery's silhouettes scenes again, after the world has changed."""
    from masking.datasets.gallery import render_scenes

    typer.echo("\n".join(map(str, render_scenes())))


def main() -> None:
    """Run the command line; bad input gives one sentence and exit code 2."""
    try:
        app()
    except OSError as error:
        _refuse(f"{error.filename or 'a file'} cannot be used ({error.strerror or error})")
    except (ValueError, KeyError) as error:
        _refuse(str(error.args[-1] if error.args else error))


def _refuse(sentence: str) -> None:
    sys.stderr.write(f"masking: {sentence}\n")
    sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
