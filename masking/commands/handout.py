"""`missingness handout lesson | compare`: the lesson, or a comparison, as one HTML file that needs no server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from masking.commands.app import METHODS_HELP, Device, app
from masking.commands.classifier_options import (
    Categories,
    ClassifierName,
    InputSize,
    Mean,
    Std,
    Weights,
    open_classifier,
)
from masking.commands.comparison_options import (
    ImageFile,
    MaskFile,
    ObjectFile,
    Patches,
    PatchSeed,
    PatchSide,
    make_comparison,
)
from masking.inference.predict import USUAL_METHODS
from masking.runtime.output_files import check_output

if TYPE_CHECKING:
    from masking.lessons.handout_idea import FactsOf
    from masking.lessons.idea import Facts, Idea

handout_app = typer.Typer(
    help="Write a handout: one HTML file that opens without a server and without a network.", no_args_is_help=True
)
app.add_typer(handout_app, name="handout")

Out = Annotated[Path, typer.Option("--out", help="The file to write, .html; one that exists is replaced.")]


@handout_app.command("lesson")
def write_lesson(
    out: Out,
    language: Annotated[str, typer.Option("--lang", help="The language of the words: en or de.")] = "en",
    idea: Annotated[
        list[str] | None, typer.Option(help="The name of an idea, such as hiding; without it all ideas.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Compute every number anew, which takes minutes, and compare it.")
    ] = False,
) -> None:
    """Write the lesson: every idea with its question, its guesses and, folded, its figure and its verdict."""
    from masking.lessons import IDEAS, all_ideas, load_text, stored_facts
    from masking.lessons.handout import make_handout

    check_output(out, {".html"})
    text = load_text(language)
    wanted = {IDEAS[name].name for name in idea or []}
    ideas = [each for each in all_ideas() if not idea or each.name in wanted]
    out.write_text(make_handout(text, ideas, _compute_once() if live else stored_facts, is_live=live), "utf-8")
    typer.echo(out)


def _compute_once() -> "FactsOf":
    """Return a function that computes facts here and now, each once, and says which."""
    known: dict[tuple[str, str], Facts] = {}

    def compute(idea: "Idea", at: str) -> "Facts":
        key = idea.computed_for(at)
        if (idea.name, key) not in known:
            typer.echo(f"computing {idea.name}: {key}", err=True)
            known[idea.name, key] = idea.compute(key, lambda _: None)
        return known[idea.name, key]

    return compute


@handout_app.command("compare")
def write_comparison(
    image: ImageFile,
    out: Out,
    mask: MaskFile = None,
    patches: Patches = None,
    patch: PatchSide = 16,
    seed: PatchSeed = 0,
    known_object: ObjectFile = None,
    classifier: ClassifierName = "silhouettes/resnet",
    weights: Weights = None,
    categories: Categories = None,
    input_size: InputSize = None,
    mean: Mean = None,
    std: Std = None,
    methods: Annotated[str, typer.Option(help=METHODS_HELP)] = ",".join(USUAL_METHODS),
    device: Device = "auto",
) -> None:
    """Write a comparison: what a classifier says about one picture under several masking methods."""
    check_output(out, {".html"})
    model = open_classifier(classifier, weights, categories, input_size, mean, std, device)
    comparison = make_comparison(model, image, mask, patches, patch, seed, known_object, methods)
    out.write_text(comparison.to_html(image.stem), "utf-8")
    typer.echo(comparison.sentence)
    typer.echo(out)
