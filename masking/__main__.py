"""The command line twin of the dashboard: `python -m masking --help`."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from masking.image import open_picture
from masking.mask import Mask
from masking.methods import METHODS
from masking.models.zoo import classifier_names, load_classifier, load_named
from masking.predict import USUAL_METHODS, compare
from masking.settings import load_settings

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON with a manifest instead of a table.")]
BAD_INPUT = 2


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
