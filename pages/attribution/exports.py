"""What attribution masks found, to take away: film, sheet, table, arrays; and the command that makes it again."""

import io
import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image, ImageSequence

from masking.attribution import AttributionMasks
from masking.attribution.frames import MILLISECONDS
from masking.attribution.mask_sentences import NO_EVIDENCE
from masking.registry.params import params
from masking.results.tables import to_csv
from pages.attribution.request import FilmRequest
from pages.pickers.picture import is_in_project, picture_path, picture_png, picture_title
from pages.shell import links

AS_ASKED = "as_asked"


@dataclass(frozen=True)
class Exported:
    """Films by attribution; the controls are of the first, and belong beside every number of it."""

    films: Mapping[str, AttributionMasks]
    controls: Mapping[str, AttributionMasks]
    picture: str
    """What the picture is called."""

    @property
    def named(self) -> dict[str, AttributionMasks]:
        """All films, named `attribution/what the mask was made of`."""
        first = next(iter(self.films))
        asked = {f"{name}/{AS_ASKED}": one for name, one in self.films.items()}
        return asked | {f"{first}/{name}": one for name, one in self.controls.items()}

    def to_csv(self) -> str:
        """One line per film and step."""
        records = [
            dict(zip(("attribution", "film"), name.split("/"), strict=True)) | row
            for name, one in self.named.items()
            for row in one.rows
        ]
        return to_csv(records)

    def to_json(self) -> str:
        """Facts, rows and manifest of every film."""
        films = {name: json.loads(one.to_json()) for name, one in self.named.items()}
        return json.dumps({"reading": NO_EVIDENCE, "films": films}, indent=2, ensure_ascii=False)

    def to_npz(self) -> bytes:
        """All arrays of every film, named `attribution/film/array`."""
        arrays = {}
        for name, one in self.named.items():
            with np.load(io.BytesIO(one.to_npz()), allow_pickle=False) as loaded:
                arrays |= {f"{name}/{array}": loaded[array] for array in loaded.files}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    def to_png(self) -> bytes:
        """The attributions' sheets side by side."""
        sheets = [Image.open(io.BytesIO(one.to_png(picture=self.picture))) for one in self.films.values()]
        buffer = io.BytesIO()
        _beside(sheets).save(buffer, "PNG")
        return buffer.getvalue()

    def to_gif(self) -> bytes:
        """The attributions' films one above the other."""
        steps = zip(*(_frames(one.to_gif(picture=self.picture)) for one in self.films.values()), strict=True)
        first, *others = [_above(frames).quantize(128) for frames in steps]
        buffer = io.BytesIO()
        first.save(buffer, "GIF", save_all=True, append_images=others, duration=MILLISECONDS, loop=0)
        return buffer.getvalue()


def _frames(gif: bytes) -> Iterator[Image.Image]:
    return (frame.convert("RGB") for frame in ImageSequence.Iterator(Image.open(io.BytesIO(gif))))


def _beside(images: Sequence[Image.Image]) -> Image.Image:
    sheet = Image.new("RGB", (sum(one.width for one in images), max(one.height for one in images)), "#ffffff")
    left = 0
    for one in images:
        sheet.paste(one, (left, 0))
        left += one.width
    return sheet


def _above(images: Sequence[Image.Image]) -> Image.Image:
    sheet = Image.new("RGB", (max(one.width for one in images), sum(one.height for one in images)), "#ffffff")
    top = 0
    for one in images:
        sheet.paste(one, (0, top))
        top += one.height
    return sheet


def commands(asked: FilmRequest, films: Mapping[str, AttributionMasks]) -> str:
    """The command line that makes each film again."""
    return "\n".join(_command(asked, name, one) for name, one in films.items())


def _command(asked: FilmRequest, name: str, found: AttributionMasks) -> str:
    chosen = asked.attributions[name]
    changed = [
        f"{one.name}={getattr(chosen, one.name)}" for one in params(chosen) if getattr(chosen, one.name) != one.default
    ]
    words = ["python", "-m", "masking", "attribution-mask", picture_path(asked.picture)]
    words += [
        "--classifier",
        asked.classifier.name,
        "--attribution",
        ":".join([name, *filter(None, [",".join(changed)])]),
    ]
    words += ["--target", str(int(found.target[0])), "--iterations", str(found.iterations)]
    words += ["--device", str(asked.classifier.device), "--out", f"{name}.gif"]
    return shlex.join(words)


def exports(
    asked: FilmRequest, films: Mapping[str, AttributionMasks], controls: Mapping[str, AttributionMasks] | None
) -> None:
    """The row of downloads; each is made when somebody asks for it."""
    found = Exported(films, controls or {}, picture_title(asked.picture))
    with st.container(horizontal=True):
        with st.popover("Copy link", icon=":material/link:"):
            st.caption("Restores picture, classifier, attributions, classes, iterations and the shown step.")
            st.code(links.page_address(), language=None, wrap_lines=True)
        for label, data, name, mime in (
            ("GIF", found.to_gif, "attribution_mask.gif", "image/gif"),
            ("PNG", found.to_png, "attribution_mask.png", "image/png"),
            ("CSV", found.to_csv, "attribution_mask.csv", "text/csv"),
            ("JSON", found.to_json, "attribution_mask.json", "application/json"),
            ("NPZ", found.to_npz, "attribution_mask.npz", "application/octet-stream"),
        ):
            st.download_button(
                label, data, name, mime, icon=":material/download:", on_click="ignore", key=f"download-{label}"
            )
        with st.popover("Command", icon=":material/terminal:"):
            st.caption("Makes the same, run in the folder of this project. Own weights have to be where it says.")
            st.code(commands(asked, films), language="bash", wrap_lines=True)
            if not is_in_project(asked.picture):
                st.caption(
                    "The picture is none of the project's: save it there first, under the name that it has here."
                )
                st.download_button(
                    "Picture", lambda: picture_png(asked.picture), picture_path(asked.picture), "image/png",
                    icon=":material/download:", on_click="ignore", key="download-picture",
                )  # fmt: skip
