"""Runs in words: states, times, and what was asked of what."""

import html
from datetime import datetime

from masking.benchmarks.protocol.experiment import BENCHMARKS
from masking.benchmarks.storage.run import CANCELLING, INTERRUPTED, QUEUED, Run
from masking.datasets.sources import SOURCES

STATES = {
    "queued": "Queued",
    "running": "Running",
    "cancelling": "Cancelling …",
    "cancelled": "Cancelled",
    "failed": "Failed",
    "finished": "Finished",
    INTERRUPTED: "Interrupted",
}


def duration(seconds: float) -> str:
    """Seconds as people say them: 12 s, 3 min 20 s, 5 h 10 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def day(at: float) -> str:
    """Date and time on this machine's clock."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def experiment_title(run: Run) -> str:
    """An experiment's title; its name where its plugin is not here."""
    name = run.spec.experiment
    return BENCHMARKS[name].title if name in BENCHMARKS else name


def source_title(run: Run) -> str:
    """A data source's title with the setting that tells it from others of its kind."""
    name, settings = run.spec.data.source, run.spec.data.settings
    first = next(iter(settings.values()), "")
    title = SOURCES[name].title if name in SOURCES else name
    return f"{title} ({first})" if first else title


def badge(run: Run) -> str:
    """The state as HTML, told by word and by colour."""
    return f"<span class='mx-state mx-state-{run.state}'>{STATES[run.state]}</span>"


def part(run: Run) -> str:
    """Which part of a run this is, such as "part 1 of 3"; "" of one that is whole."""
    return "" if run.part == "1/1" else "part " + run.part.replace("/", " of ")


def run_label(run: Run) -> str:
    """The title, and which part of a run it is."""
    return ", ".join(filter(None, [run.title, part(run)]))


def timed(run: Run) -> bool:
    """Whether it measures time, so that no two runs are alike."""
    name = run.spec.experiment
    return name in BENCHMARKS and BENCHMARKS[name].timed


def samples(run: Run) -> str:
    """Over how many what its numbers are: images, or blocks of them where these were timed."""
    if not timed(run):
        return f"{run.done_images} images"
    return f"{run.done} {'block' if run.done == 1 else 'blocks'} of {run.spec.block} images"


def facts(run: Run) -> str:
    """What was asked of what, in one line of plain text."""
    images = f"{run.done_images} of {run.images or run.spec.count} images"
    images = f"{run.done_images} images" if run.done_images == run.images else images
    told = [experiment_title(run), run.spec.classifier.name, source_title(run), images, part(run)]
    return " · ".join(filter(None, told))


def phase(run: Run) -> str:
    """What a busy run is about, in one sentence."""
    if run.state == CANCELLING:
        return "Cancelling: the batch in flight is the last"
    if run.state == QUEUED:
        return f"Waiting for {run.device} to be free" if run.device else f"Starting worker {run.pid or ''}".rstrip()
    if run.shards is None:
        return "Opening data and classifier"
    if not run.done and run.flight:
        return f"{run.flight} forward passes of the first shard, {run.spec.block} of {run.images} images"
    left = f", about {duration(run.seconds_left)} left" if run.seconds_left else ""
    pace = f", {run.images_per_second:.1f} images/s" if run.images_per_second else ""
    return f"{run.done_images} of {run.images} images{pace}{left}"


def tags_html(run: Run) -> str:
    """A run's tags."""
    return "".join(f"<span class='mx-tag'>{html.escape(tag)}</span>" for tag in run.tags)


def row_html(run: Run) -> str:
    """A run's line in the list of runs: state, facts, tags and note."""
    note = f"<small title='{html.escape(run.note, quote=True)}'>{html.escape(run.note)}</small>" if run.note else ""
    return f"<div class='mx-run'>{badge(run)} {html.escape(facts(run))} {tags_html(run)}{note}</div>"
