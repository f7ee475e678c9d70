"""Measuring shape leakage over many rendered scenes: a job, a table, two charts."""

import html
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from masking.datasets.silhouettes.worlds import world_classifiers, world_of
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.leakage import Leakage, measure_leakage
from masking.masks.holes import HOLES
from masking.measures import Estimate
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.results.tables import to_csv
from pages.compare.figures import CONFIG
from pages.compare.page import PATIENCE_SECONDS
from pages.leakage.figures import growth_figure, reliance_figure
from pages.leakage.scene import world
from pages.pickers.classifier import load
from pages.shell import links
from pages.shell.errors import as_sentence
from pages.shell.jobs import Job, long_job, show_progress, start_long

SCENES = "scenes"
FEWEST, USUAL, MOST = 16, 128, 8192
BATCH = 16
"""Scenes between two looks at Cancel."""
GROWTH = [name for name, hole in HOLES.items() if hole.radius is not None]
MEASURED = [*GROWTH, "transplanted"]
RELIANT = "silhouettes/resnet-background"
"""Trained to rely on backgrounds: its right answer with the object hidden is far above chance."""
READABLE = "In all probabilities, bits"
HEADS = {
    "Method": "",
    "Right answers": "Share of scenes whose hidden object is still named, exact hole",
    "Leakage, bits": "Mutual information of true and predicted class, exact hole",
    READABLE: "What somebody reads out of all probabilities together, exact hole; a lower bound",
    "Named after the transplant": "Share of scenes called by the class whose outline the hole was given",
}
TOLD = {"answers": "Its answer", "probabilities": "All its probabilities"}


@dataclass(frozen=True, eq=False)
class Measured:
    """What a press on Measure gave: leakage in the chosen world; for the reliance error, classifiers in their own."""

    leakage: Leakage
    reliance: dict[str, Leakage]

    def to_csv(self) -> str:
        """All rows; those in the chosen world say so."""
        parts = [("chosen", self.leakage), *(("own", one) for one in self.reliance.values() if one is not self.leakage)]
        rows = [
            {"classifier": one.manifest["classifier"], "world": world, **row}
            for world, one in parts
            for row in one.rows
        ]
        return to_csv(rows)

    def to_json(self) -> str:
        """The leakage with every answer; by classifier, what the reliance error was measured from."""
        reliance = {name: json.loads(one.to_json(answers=False)) for name, one in self.reliance.items()}
        return json.dumps({**json.loads(self.leakage.to_json()), "reliance": reliance})


def measure(classifier: Classifier, methods: dict[str, Method]) -> Measured | None:
    """The Measure button, its progress, and what it found."""
    st.subheader("Over many scenes", anchor=False)
    links.url_number(SCENES, USUAL, FEWEST, MOST)
    links.url_choice("told", list(TOLD), "answers", "way to read leakage")
    with st.container(horizontal=True, vertical_alignment="bottom", key="measure-row"):
        count = st.number_input(
            "Scenes", FEWEST, MOST, step=16, key=SCENES, persist_state="session", width=140,
            help="512 make the interval narrow; two per pair of classes make it honest",
        )  # fmt: skip
        pressed = st.button("Measure", type="primary", icon=":material/straighten:", disabled=not methods)
        cues = ", ".join(f"{cue} {value:g}" for cue, value in _cues().items())
        st.caption(f"Rendered scenes with cue strengths {cues}; the choice of picture does not matter here.")
    links.write_to_url(SCENES, USUAL)
    asked = f"leakage {classifier.key} {methods} {world()} {count}"
    if pressed:
        _start(asked, classifier, methods, count)
    key, job = long_job("measuring", asked)
    if job is None:
        st.caption("How many bits does the hole tell about the class? One scene cannot say; measure some.")
    elif not job.finished:
        show_progress(job, "measuring")
    elif job.error:
        st.info(as_sentence(job.error))
    else:
        if key != asked:
            st.caption("Of the settings when the button was last pressed:")
        _show(job.result)
        return job.result
    return None


def _cues() -> dict[str, float]:
    shown = world()
    return {"outline": shown.outline, "texture": shown.texture, "background": shown.background}


def _start(asked: str, classifier: Classifier, methods: dict[str, Method], count: int) -> None:
    shown = world()

    def work(job: Job) -> Measured:
        own = [name for name in dict.fromkeys((classifier.name, RELIANT)) if name in world_classifiers()]
        steps = len(MEASURED) + len(own)

        def progress(first: int, last: int, note: str) -> Callable[[int, int], None]:
            return lambda done, total: job.step((first + (last - first) * done / total) / steps, note)

        job.step(0, "preparing scenes")
        told = progress(0, len(MEASURED), f"{count} scenes")
        found = measure_leakage(classifier, rendered_scenes(shown, count), methods, MEASURED, BATCH, told)
        reliance: dict[str, Leakage] = {}
        for place, name in enumerate(own, len(MEASURED)):
            if name == classifier.name and replace(world_of(name), size=shown.size) == shown:
                reliance[name] = found
                continue
            one = classifier if name == classifier.name else load(name, str(classifier.device))
            able = {method: way for method, way in methods.items() if way.supports(one) is None}
            told = progress(place, place + 1, f"{name} in its own world")
            reliance[name] = measure_leakage(one, rendered_scenes(world_of(name), count), able, ["exact"], BATCH, told)
        _ = found.rows  # the intervals take a moment: here, not before the page
        return Measured(found, reliance)

    start_long("measuring", asked, "Measuring", work).wait(PATIENCE_SECONDS)


def _spread(found: Estimate, form: str) -> str:
    return f"<b>{format(found.value, form)}</b> <small>{format(found.low, form)} – {format(found.high, form)}</small>"


def _show(measured: Measured) -> None:
    found = measured.leakage
    readable = found.rows[0]["readable_bits"] != ""
    _table(found, readable)
    seen = f", and the best one could do by the background alone {found.right_answer:.1%}" if found.right_answer else ""
    own = (
        "" if found.right_answer else " It does not know these objects: its own answer to the whole scene is the truth."
    )
    few = f" They are few: bits may be too high, their intervals too narrow; {found.wanted} would do."
    few = few if len(found) < found.wanted else ""
    st.caption(f"{len(found)} scenes, 95 % intervals.{few} Guessing is right in {found.chance:.1%}{seen}.{own}")
    if readable:
        st.segmented_control(
            "Leakage by", list(TOLD), format_func=TOLD.get, key="told", required=True, persist_state="session",
            help="A network that always gives one answer leaks nothing by it, but perhaps by how sure it is.",
        )  # fmt: skip
    links.write_to_url("told", "answers")
    growth = growth_figure(found, GROWTH, readable and st.session_state["told"] == "probabilities")
    left, right = st.columns(2)
    left.plotly_chart(growth, config=CONFIG, key="growth", alt="Leakage in bits against growth of the hole, by method")
    if measured.reliance:
        errors = reliance_figure(measured.reliance)
        right.plotly_chart(errors, config=CONFIG, key="reliance", alt="Reliance error by method and classifier")
        right.caption("Each classifier in the world it was trained on, object hidden exactly.")


def _table(found: Leakage, readable: bool) -> None:
    heads = {name: hint for name, hint in HEADS.items() if readable or name != READABLE}
    columns = "".join(
        f"<th scope='col' title='{html.escape(hint, quote=True)}'>{name}</th>" for name, hint in heads.items()
    )
    rows = ""
    for method in found.methods:
        cells = [_spread(found.accuracy(method), ".1%"), _spread(found.bits(method), ".2f")]
        cells += [_spread(found.readable(method), ".2f")] if readable else []
        cells += [_spread(found.moved(method), ".1%")]
        numbers = "".join(f"<td class='mx-number'>{cell}</td>" for cell in cells)
        rows += f"<tr><th scope='row'>{METHODS[method].title}</th>{numbers}</tr>"
    st.html(
        "<div class='mx-matrix' role='region' tabindex='0' aria-label='Leakage by method'>"
        "<table class='mx-table mx-measured'>"
        f"<thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
