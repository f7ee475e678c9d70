"""Runs in words: states, times, and what a run computes."""

import html
from datetime import datetime

from masking.benchmarks.protocol.experiment import BENCHMARKS
from masking.benchmarks.storage.run import CANCELLING, INCOMPLETE, INTERRUPTED, QUEUED, Run
from masking.benchmarks.worker.waiting import Turn
from masking.datasets.sources import SOURCES
from pages.shell.server_paths import without_server_paths

ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")

STATES = {
    "queued": "Waiting",
    "running": "Running",
    "cancelling": "Cancelling …",
    "cancelled": "Cancelled",
    "failed": "Failed",
    "finished": "Finished",
    INCOMPLETE: "Incomplete",
    INTERRUPTED: "Interrupted",
}


def duration(seconds: float) -> str:
    """Return a time in words: 12 s, 3 min 20 s, 5 h 10 min."""
    rounded = round(seconds)
    if rounded < 60:
        return f"{rounded} s"
    if rounded < 3600:
        return f"{rounded // 60} min {rounded % 60} s"
    return f"{rounded // 3600} h {rounded % 3600 // 60} min"


def rough_duration(seconds: float) -> str:
    """Return an estimated time in words, without seconds from two minutes on: 40 s, 36 min, 5 h 10 min."""
    return f"{round(seconds / 60)} min" if 120 <= round(seconds) < 3600 else duration(seconds)


def day(timestamp: float) -> str:
    """Return date and time on this machine's clock."""
    return datetime.fromtimestamp(timestamp).astimezone().strftime("%Y-%m-%d %H:%M")


def experiment_title(run: Run) -> str:
    """Return the title of a run's experiment; its name if its plugin is missing."""
    name = run.spec.experiment
    return BENCHMARKS[name].title if name in BENCHMARKS else name


def source_title(run: Run) -> str:
    """Return the title of a run's data source with its first setting."""
    name, settings = run.spec.data.source, run.spec.data.settings
    first = next(iter(settings.values()), "")
    title = SOURCES[name].title if name in SOURCES else name
    return without_server_paths(f"{title} ({first})") if first else title


def badge(run: Run) -> str:
    """Return the state as HTML, in words and in colour."""
    return f"<span class='mx-state mx-state-{run.state}'>{STATES[run.state]}</span>"


def part(run: Run) -> str:
    """Return which part of a divided run this is, such as "part 1 of 3"; "" for an undivided run."""
    return "" if run.part == "1/1" else "part " + run.part.replace("/", " of ")


def run_label(run: Run) -> str:
    """Return the title, with the part of a divided run."""
    return ", ".join(filter(None, [run.title, part(run)]))


def is_timed(run: Run) -> bool:
    """Return whether the run measures time, so that its rows differ from those of any other run."""
    name = run.spec.experiment
    return name in BENCHMARKS and BENCHMARKS[name].timed


def samples(run: Run) -> str:
    """Return how many samples the numbers are over: images, or blocks of them if the blocks were timed."""
    if not is_timed(run):
        return f"{run.done_images} images"
    return f"{run.done} {'block' if run.done == 1 else 'blocks'} of {run.spec.block} images"


def facts(run: Run, with_progress: bool = True) -> str:
    """Return experiment, classifier, data, images and seed in one line of plain text.

    Args:
        run: the run.
        with_progress: say how many of the images are computed, where no progress bar does.
    """
    total = run.images or run.spec.count
    images = f"{run.done_images} of {total} images" if with_progress and run.done_images != total else f"{total} images"
    seed = f"seed {run.spec.seed}"
    words = [experiment_title(run), run.spec.classifier.name, source_title(run), images, seed, part(run)]
    return " · ".join(filter(None, words))


def phase(run: Run) -> str:
    """Return what a busy run does, in a few words."""
    if run.state == CANCELLING:
        return "Cancelling after the current batch" if run.shards else "Cancelling as soon as the classifier is open"
    if run.state == QUEUED:
        if run.device and run.heartbeat is not None:
            return f"Waiting for {run.device} to be free"
        return f"Starting worker {run.pid or ''}".rstrip()
    if run.shards is None:
        return "Opening data and classifier"
    if not run.done and run.flight:
        block = f"{min(run.spec.block, run.images or run.spec.count)} of {run.images} images"
        return f"Computing the first block, {block}: {run.flight} forward passes so far"
    left = f", about {rough_duration(run.seconds_left)} left" if run.seconds_left else ""
    pace = f", {run.images_per_second:.1f} images/s" if run.images_per_second else ""
    return f"{run.done_images} of {run.images} images{pace}{left}"


def waiting(turn: Turn) -> str:
    """Return a position in a queue with the time until then, such as "Third in line, about 40 s"."""
    word = ORDINALS[turn.position - 1] if turn.position <= len(ORDINALS) else f"Number {turn.position}"
    about = f", about {rough_duration(turn.seconds)}" if turn.seconds else ""
    return f"{word} in line{about}"


def tags_html(run: Run) -> str:
    """Return a run's tags as HTML."""
    return "".join(f"<span class='mx-tag'>{html.escape(tag)}</span>" for tag in run.tags)


def row_html(run: Run) -> str:
    """Return a run's line in the list as HTML: state, facts, tags and note."""
    note = f"<small title='{html.escape(run.note, quote=True)}'>{html.escape(run.note)}</small>" if run.note else ""
    return f"<div class='mx-run'>{badge(run)} {html.escape(facts(run))} {tags_html(run)}{note}</div>"
