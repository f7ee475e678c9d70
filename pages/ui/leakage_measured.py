"""Measuring shape leakage over many rendered scenes: a job, a table, two charts."""

import html
from dataclasses import dataclass

import streamlit as st

from masking.datasets.objects import Rendered
from masking.datasets.worlds import world_of
from masking.holes import HOLES
from masking.leakage import Leakage, measure_leakage
from masking.measures import Estimate
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.models.zoo import bundled
from pages.ui import links
from pages.ui.bench import PATIENCE_SECONDS
from pages.ui.classifiers import load
from pages.ui.errors import sentence
from pages.ui.figures import CONFIG
from pages.ui.jobs import Job, long_jobs, show_progress
from pages.ui.leakage_figures import growth_figure, reliance_figure
from pages.ui.scene import world

SCENES = "scenes"
FEWEST, USUAL, MOST = 32, 128, 8192
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
    """What a press on Measure gave: the chosen classifier's leakage, and further classifiers' under the exact hole."""

    leakage: Leakage
    others: dict[str, Leakage]


def measure(classifier: Classifier, methods: dict[str, Method]) -> None:
    """The Measure button, its progress, and what it found."""
    st.subheader("Over many scenes", anchor=False)
    links.number(SCENES, USUAL, FEWEST, MOST)
    with st.container(horizontal=True, vertical_alignment="bottom", key="measure-row"):
        count = st.number_input(
            "Scenes", FEWEST, MOST, step=64, key=SCENES, persist_state="session", width=140,
            help="512 make the interval narrow; two per pair of classes make it honest",
        )  # fmt: skip
        pressed = st.button("Measure", type="primary", icon=":material/straighten:", disabled=not methods)
        cues = ", ".join(f"{cue} {value:g}" for cue, value in _cues().items())
        st.caption(f"Rendered scenes with cue strengths {cues}; the choice of picture does not matter here.")
    links.keep(SCENES, USUAL)
    asked = f"leakage {classifier.name} {classifier.weights_digest} {classifier.device} {methods} {world()} {count}"
    if pressed:
        _start(asked, classifier, methods, count)
    key, job = st.session_state.get("measuring") or (asked, long_jobs().get(asked))  # also after a reload
    if job is None:
        st.caption("How many bits does the hole tell about the class? One scene cannot say; measure some.")
    elif not job.finished:
        show_progress(job, "measuring")
    elif job.error:
        st.info(sentence(ValueError(job.error)))
    else:
        if key != asked:
            st.caption("Of the settings when the button was last pressed:")
        _show(job.result)


def _cues() -> dict[str, float]:
    shown = world()
    return {"outline": shown.outline, "texture": shown.texture, "background": shown.background}


def _start(asked: str, classifier: Classifier, methods: dict[str, Method], count: int) -> None:
    objects = Rendered(world(), count)

    def work(job: Job) -> Measured:
        others = [name for name in (RELIANT,) if name in bundled() and name != classifier.name]
        share = len(MEASURED) / (len(MEASURED) + len(others))
        found = measure_leakage(
            classifier, objects, methods, MEASURED, BATCH, lambda done, total: job.step(share * done / total)
        )
        beside: dict[str, Leakage] = {}
        for name in others:
            job.step(share, name)
            other = load(name, str(classifier.device))
            able = {method: one for method, one in methods.items() if one.supports(other) is None}
            beside[name] = measure_leakage(
                other, Rendered(world_of(name), count), able, ["exact"], BATCH,
                lambda done, total: job.step(share + (1 - share) * done / total, "background-reliant classifier"),
            )  # fmt: skip
        _ = found.rows  # the intervals take a moment: here, not before the page
        return Measured(found, beside)

    long_jobs().drop(st.session_state.get("measuring", ("", None))[0])  # one at a time: others wait for the worker
    if (old := long_jobs().get(asked)) is not None and old.error:
        long_jobs().forget(asked)
    job = long_jobs().start(asked, "Measuring", work)
    st.session_state["measuring"] = asked, job
    job.wait(PATIENCE_SECONDS)


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
    st.caption(f"{len(found)} scenes, 95 % intervals. Guessing is right in {found.chance:.1%}{seen}.{own}")
    links.choice("told", list(TOLD), "answers", "way to read leakage")
    if readable:
        st.segmented_control(
            "Leakage by", list(TOLD), format_func=TOLD.get, key="told", required=True, persist_state="session",
            help="A network that always gives one answer leaks nothing by it, but perhaps by how sure it is.",
        )  # fmt: skip
    links.keep("told", "answers")
    growth = growth_figure(found, GROWTH, readable and st.session_state["told"] == "probabilities")
    left, right = st.columns(2)
    left.plotly_chart(growth, config=CONFIG, key="growth", alt="Leakage in bits against growth of the hole, by method")
    if found.right_answer is not None:
        errors = reliance_figure({found.manifest["classifier"]: found, **measured.others})
        right.plotly_chart(errors, config=CONFIG, key="reliance", alt="Reliance error by method")
    with st.container(horizontal=True):
        for label, data, name, mime in (
            ("Measured CSV", found.to_csv, "leakage.csv", "text/csv"),
            ("Measured JSON", found.to_json, "leakage.json", "application/json"),
        ):
            st.download_button(
                label, data, name, mime, icon=":material/download:", on_click="ignore", key=f"download-{label}"
            )


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
        "<div class='mx-matrix' tabindex='0'><table class='mx-table mx-measured'>"
        f"<thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
