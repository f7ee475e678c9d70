"""`missingness scenes`: the rendered scenes of the gallery."""

import typer

from masking.commands.app import app


@app.command("scenes")
def render_gallery() -> None:
    """Render the silhouettes scenes of the gallery again; needed after a change of the world."""
    from masking.datasets.gallery import render_scenes

    typer.echo("\n".join(map(str, render_scenes())))
