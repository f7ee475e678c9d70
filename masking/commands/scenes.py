"""`missingness scenes`: the gallery's rendered scenes, anew."""

import typer

from masking.commands.app import app


@app.command("scenes")
def render_gallery() -> None:
    """Render the gallery's silhouettes scenes again, after the world has changed."""
    from masking.datasets.gallery import render_scenes

    typer.echo("\n".join(map(str, render_scenes())))
