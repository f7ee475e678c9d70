"""Measuring shape leakage over many rendered scenes: a job, a table, two charts."""

import html
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from masking.datasets.silhouettes.worlds import world_classifiers, world_of
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.leakage import Leakage, measure_leakage
from masking.leakage.left_out import describe_left_out
from masking.masks.holes import HOLES
from masking.measures import Estimate
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.results.tables import to_csv
from pages.components.charts import CONFIG
from pages.components.numbers import interval, number, percent
from pages.leakage.figures import growth_figure, reliance_figure
from pages.leakage.scene import CUES, current_world
from pages.pickers.classifier import load
from pages.shell import links
from pages.shell.jobs import Job
from pages.shell.on_press import run_on_press

SCENES, READING = "scenes", "told"
"""Keys of the link: how many scenes, and which way to read leakage (the word of version 0.1)."""
FEWEST, USUAL, MOST = 16, 128, 8192
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


def measure(classifier: Classifier, methods: dict[str, Method]) -> Measured | None:
    """Draw the Measure button, its progress and its results. Returns the results once they are there."""
    st.subheader("Over many scenes", anchor=False)
    links.url_number(SCENES, USUAL, FEWEST, MOST)
    links.url_choice(READING, list(READINGS), "answers", "way to read leakage")
    world = current_world()
    with st.container(horizontal=True, vertical_alignment="bottom", key="measure-row"):
        count = st.number_input(
            "Scenes", FEWEST, MOST, step=16, key=SCENES, persist_state="session", width=140,
            help="512 scenes give a trustworthy number; with 128 it comes out too high.",
        )  # fmt: skip
        is_pressed = st.button("Measure", type="primary", icon=":material/straighten:", disabled=not methods)
        cues = ", ".join(f"{cue} {getattr(world, cue):g}" for cue in CUES)
        st.caption(f"Uses newly rendered scenes (cue strengths: {cues}), not the picture above.")
    links.write_to_url(SCENES, USUAL)
    latest = run_on_press(
        is_pressed,
        "measuring",
        f"leakage {classifier.key} {methods} {world} {count}",
        "Measuring",
        _work(classifier, methods, count),
        f"{classifier.name}, {count} scenes ({cues})",
        "How many bits about the class does the hole reveal? One scene cannot say; measure many.",
    )
    if latest is None:
        return None
    if latest.origin:
        st.caption(latest.origin)
    _show(latest.result)
    return latest.result


def _work(classifier: Classifier, methods: dict[str, Method], count: int) -> Callable[[Job], Measured]:
    """Return the work of a measurement in the chosen world."""
    world = current_world()

    def work(job: Job) -> Measured:
        own = [name for name in dict.fromkeys((classifier.name, RELIANT)) if name in world_classifiers()]
        steps = len(MEASURED) + len(own)

        def report(first: int, last: int, note: str) -> Callable[[int, int], None]:
            return lambda done, total: job.step((first + (last - first) * done / total) / steps, note)

        job.step(0, "preparing scenes")
        on_batch = report(0, len(MEASURED), f"{count} scenes")
        leakage = measure_leakage(classifier, rendered_scenes(world, count), methods, MEASURED, BATCH, on_batch)
        reliance: dict[str, Leakage] = {}
        for position, name in enumerate(own, len(MEASURED)):
            if name == classifier.name and replace(world_of(name), size=world.size) == world:
                reliance[name] = leakage
                continue
            trained = classifier if name == classifier.name else load(name, str(classifier.device))
            possible = {key: method for key, method in methods.items() if method.supports(trained) is None}
            on_batch = report(position, position + 1, f"{name} in its own world")
            scenes = rendered_scenes(world_of(name), count)
            reliance[name] = measure_leakage(trained, scenes, possible, ["exact"], BATCH, on_batch)
        _ = leakage.rows  # the intervals take a moment: here, not before the page
        return Measured(leakage, reliance)

    return work


def _show(measured: Measured) -> None:
    leakage = measured.leakage
    is_readable = leakage.rows[0]["readable_bits"] != ""
    _show_table(leakage, is_readable)
    _show_notes(leakage)
    if is_readable:
        st.segmented_control(
            "Leakage by", list(READINGS), format_func=READINGS.__getitem__, key=READING, required=True,
            persist_state="session",
            help="A network that always gives one answer leaks nothing by that answer, but perhaps by how sure it is.",
        )  # fmt: skip
    links.write_to_url(READING, "answers")
    growth = growth_figure(leakage, GROWTH, is_readable and st.session_state[READING] == "probabilities")
    left, right = st.columns(2)
    left.plotly_chart(growth, config=CONFIG, key="growth", alt="Leakage in bits against growth of the hole, by method")
    if measured.reliance:
        errors = reliance_figure(measured.reliance)
        right.plotly_chart(errors, config=CONFIG, key="reliance", alt="Reliance error by method and classifier")
        right.caption(
            "The difference between the network's accuracy with the object hidden and the best possible from what is "
            "left, for each classifier in the world that it was trained on."
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


def _show_table(leakage: Leakage, is_readable: bool) -> None:
    heads = {
        "Method": ("", ""),
        "Named the hidden object": (f"by chance {percent(leakage.chance, 0)}; lower is better", "Exact hole"),
        "Leakage, bits": ("lower is better", "Mutual information of true and predicted class, exact hole"),
    }
    if is_readable:
        heads["In all probabilities, bits"] = (
            "a lower bound; lower is better",
            "What can be read out of all probabilities together, exact hole",
        )
    heads["Took the hole's outline for the object"] = (
        "lower is better",
        "Share of scenes where the answer is the class whose outline the hole was given",
    )
    columns = "".join(
        f"<th scope='col' title='{html.escape(hint, quote=True)}'>{html.escape(name)}<small>{note}</small></th>"
        for name, (note, hint) in heads.items()
    )
    rows = ""
    for method in leakage.methods:
        cells = [_percent_cell(leakage.accuracy(method)), _bits_cell(leakage.bits(method))]
        cells += [_bits_cell(leakage.readable(method))] if is_readable else []
        cells += [_percent_cell(leakage.moved(method))]
        numbers = "".join(f"<td class='mx-number'>{cell}</td>" for cell in cells)
        rows += f"<tr><th scope='row'>{METHODS[method].title}</th>{numbers}</tr>"
    st.html(
        "<div class='mx-matrix' role='region' tabindex='0' aria-label='Leakage by method'>"
        "<table class='mx-table mx-measured'>"
        f"<thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _percent_cell(estimate: Estimate) -> str:
    low, high = 100 * estimate.low, 100 * estimate.high
    return f"<b>{percent(estimate.value)}</b> <small>{interval(low, high, '.1f', '%')}</small>"


def _bits_cell(estimate: Estimate) -> str:
    return f"<b>{number(estimate.value, '.2f')}</b> <small>{interval(estimate.low, estimate.high)}</small>"
