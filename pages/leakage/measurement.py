"""Measuring shape leakage over many scenes: a job, a table, two charts."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from masking.datasets.silhouettes.worlds import world_classifiers, world_of
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.leakage import Leakage, measure_leakage
from masking.leakage.left_out import describe_left_out
from masking.masks.holes import HOLES
from masking.methods import Method
from masking.methods.method import method_key
from masking.models.classifier import Classifier
from masking.results.tables import to_csv
from pages.components.charts import CONFIG
from pages.components.exports import file_name, show_downloads
from pages.components.method_names import method_title
from pages.components.numbers import percent
from pages.leakage.figures import growth_figure, reliance_figure
from pages.leakage.measured_scenes import COUNT as SCENES
from pages.leakage.measured_scenes import MeasuredScenes, pick_scenes
from pages.leakage.table import show_table
from pages.pickers.classifier import load
from pages.shell import links
from pages.shell.errors import escape_markdown
from pages.shell.jobs import Job
from pages.shell.jobs.on_press import run_on_press

READING = "told"
"""Key of the link: which way to read leakage (the word of version 0.1)."""
FEWEST, USUAL, MOST = 16, 128, 8192
ENOUGH = "512 scenes give a trustworthy number; with 128 it comes out too high."
BATCH = 16
"""Scenes between two checks for Cancel."""
GROWTH = [name for name, hole in HOLES.items() if hole.radius is not None]
MEASURED = [*GROWTH, "transplanted"]
RELIANT = "silhouettes/resnet-background"
"""Trained to rely on backgrounds: its right answer with the object hidden is far above chance."""
READINGS = {"answers": "Its answer", "probabilities": "All its probabilities"}


@dataclass(frozen=True, eq=False)
class Measured:
    """What a press on Measure gave.

    Attributes:
        leakage: in the chosen world.
        reliance: by classifier, leakage in the world that it was trained on; for the reliance error.
    """

    leakage: Leakage
    reliance: dict[str, Leakage]

    def to_csv(self) -> str:
        """Return all rows as a CSV table; the column "world" is "chosen" or "own"."""
        own = [("own", leakage) for leakage in self.reliance.values() if leakage is not self.leakage]
        return to_csv(
            [
                {"classifier": leakage.manifest["classifier"], "world": world, **row}
                for world, leakage in [("chosen", self.leakage), *own]
                for row in leakage.rows
            ]
        )

    def to_json(self) -> str:
        """Return the leakage with every answer, and what the reliance error was measured from, as JSON text."""
        reliance = {name: json.loads(leakage.to_json(answers=False)) for name, leakage in self.reliance.items()}
        return json.dumps({**json.loads(self.leakage.to_json()), "reliance": reliance})


def measure(classifier: Classifier, methods: dict[str, Method]) -> None:
    """Draw the Measure button, its progress, its results and their files."""
    st.subheader("Over many scenes", anchor=False)
    st.caption("How many bits about the class does the hole reveal? One scene cannot say; measure many.")
    links.url_number(SCENES, USUAL, FEWEST, MOST)
    links.url_choice(READING, list(READINGS), "answers", "way to read leakage")
    scenes = pick_scenes(classifier)
    with st.container(horizontal=True, vertical_alignment="bottom", key="measure-row"):
        st.number_input("Scenes", FEWEST, MOST, step=16, key=SCENES, persist_state="session", width=140, help=ENOUGH)
        is_pressed = st.button(
            "Measure", type="primary", icon=":material/straighten:", disabled=not methods or isinstance(scenes, str)
        )
        st.caption(scenes if isinstance(scenes, str) else f"{scenes.note} {ENOUGH}")
    links.write_to_url(SCENES, USUAL)
    if isinstance(scenes, str):
        return
    settings = f"{classifier.name}; {scenes.name}; {', '.join(method_title(name).lower() for name in methods)}"
    key = f"leakage {classifier.key} {method_key(methods, classifier)} {scenes.name}"
    latest = run_on_press(is_pressed, "measuring", key, "Measuring", _work(classifier, methods, scenes), settings)
    if latest is None:
        return
    st.caption(escape_markdown(latest.origin or f"{settings}."))
    _show(latest.result)
    _show_exports(latest.result)


def _work(classifier: Classifier, methods: dict[str, Method], scenes: MeasuredScenes) -> Callable[[Job], Measured]:
    """Return the work of a measurement; in a rendered world it includes what the reliance error needs."""
    world = scenes.world

    def work(job: Job) -> Measured:
        own = [] if world is None else dict.fromkeys((classifier.name, RELIANT))
        own = [name for name in own if name in world_classifiers()]
        steps = len(MEASURED) + len(own)

        def report(first: int, last: int, note: str) -> Callable[[int, int], None]:
            return lambda done, total: job.step((first + (last - first) * done / total) / steps, note)

        job.step(0, "preparing scenes")
        on_batch = report(0, len(MEASURED), scenes.name)
        leakage = measure_leakage(classifier, scenes.read(), methods, MEASURED, BATCH, on_batch)
        reliance: dict[str, Leakage] = {}
        for position, name in enumerate(own, len(MEASURED)):
            if world is not None and name == classifier.name and replace(world_of(name), size=world.size) == world:
                reliance[name] = leakage
                continue
            trained = classifier if name == classifier.name else load(name, str(classifier.device))
            possible = {key: method for key, method in methods.items() if method.supports(trained) is None}
            on_batch = report(position, position + 1, f"{name} in its own world")
            own_scenes = rendered_scenes(world_of(name), len(leakage))
            reliance[name] = measure_leakage(trained, own_scenes, possible, ["exact"], BATCH, on_batch)
        _ = leakage.rows  # the intervals take a moment: here, not before the page
        return Measured(leakage, reliance)

    return work


def _show(measured: Measured) -> None:
    leakage = measured.leakage
    is_readable = leakage.rows[0]["readable_bits"] != ""
    show_table(leakage, is_readable)
    _show_notes(leakage)
    if is_readable:
        st.segmented_control(
            "Leakage by", list(READINGS), format_func=READINGS.__getitem__, key=READING, required=True,
            persist_state="session",
            help="A network that always gives one answer leaks nothing by that answer, but perhaps by how sure it is.",
        )  # fmt: skip
    links.write_to_url(READING, "answers")
    growth = growth_figure(leakage, GROWTH, is_readable and st.session_state[READING] == "probabilities")
    with st.container(horizontal=True, gap="medium", key="leakage-charts"):
        with st.container(key="growth-chart"):
            alt = "Leakage in bits against growth of the hole, by method"
            st.plotly_chart(growth, config=CONFIG, key="growth", alt=alt)
        if measured.reliance:
            with st.container(key="reliance-chart"):
                errors = reliance_figure(measured.reliance)
                alt = "Reliance error by method and classifier"
                st.plotly_chart(errors, config=CONFIG, key="reliance", alt=alt)
                st.caption(
                    "The difference between the network's accuracy with the object hidden and the best possible from "
                    "what is left, for each classifier in the world that it was trained on."
                )


def _show_exports(measured: Measured) -> None:
    leakage = measured.leakage

    def name(ending: str) -> str:
        return file_name("leakage", leakage.manifest["classifier"], f"{len(leakage)} scenes", ending=ending)

    with st.container(horizontal=True):
        show_downloads(
            [
                ("Measured CSV", measured.to_csv, name("csv"), "text/csv"),
                ("Measured JSON", measured.to_json, name("json"), "application/json"),
            ]
        )


def _show_notes(leakage: Leakage) -> None:
    """Say how many scenes there are, whether they are enough, and what the numbers compare with."""
    notes = [f"{len(leakage)} scenes, 95 % intervals."]
    if len(leakage) < leakage.wanted:
        notes.append(
            f"With so few the bits may come out too high and their intervals too narrow; take {leakage.wanted}."
        )
    if leakage.left_out:
        notes.append(f"Left out: {describe_left_out(leakage.left_out)}.")
    notes.append(f"By chance {percent(leakage.chance)} are right.")
    if leakage.right_answer:
        notes.append(f"From the background alone {percent(leakage.right_answer)} can be right.")
    else:
        notes.append(
            "The classifier does not know these objects: its own answer to the whole scene counts as the truth."
        )
    st.caption(" ".join(notes))
