"""Many visitors at once on a public server: errors, the time of an update, memory, answers of others.

    python -m benchmarks.hardening.sessions --sessions 20 --seconds 300

Each visitor speaks Streamlit's protocol, as a browser does, and thinks between two steps. A step is a cheap change on
Compare (another picture, other methods, an inverted mask), or another page. Every visitor has masks of its own. What
Compare shows must be what the address asks for: a sample of the answers is computed again after the measurement.
"""

import json
import os
import platform
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.hardening.server_under_load import ServerUnderLoad
from benchmarks.hardening.visitor_answers import answer_differs
from benchmarks.hardening.visitor_session import VisitorSession
from masking import Mask
from masking.results.manifest import manifest

RESULT = Path("benchmarks/results/hardening_sessions.json")
CLASSIFIERS = {"imagenet/efficientnet-lite0": 224, "silhouettes/resnet": 128, "cifar10/nib-vgg16-slim": 32}
"""Bundled classifiers, and the side of their input."""
DEFAULT = "silhouettes/resnet"
"""The classifier that an address leaves out."""
PAGES = ("", "Layers", "Shape_leakage", "LIME", "Attribution_masks", "Benchmarks", "Learn")
CHANGES = 4
"""Cheap changes of a visitor before the next page."""
COMPARE = "Compare"


@dataclass
class VisitorRecord:
    """What visitors measured: seconds of every step by kind, faults, and answers with the address they belong to."""

    seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    faults: list[str] = field(default_factory=list[str])
    answers: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add_time(self, kind: str, seconds: float) -> None:
        """A step of this kind took so long."""
        with self.lock:
            self.seconds.setdefault(kind, []).append(seconds)

    def add_answer(self, session: VisitorSession, wanted: dict[str, str], step: str) -> None:
        """Keep the answer that the page shows after a step; that its address is another than wanted is a fault."""
        cards = [each.body for each in session.page.of_kind("html") if "mx-cards" in each.body]
        address = session.address
        with self.lock:
            address.setdefault("model", DEFAULT)
            if differing := [key for key, value in wanted.items() if not _same(key, address.get(key, ""), value)]:
                pairs = ", ".join(
                    f"{key} {address.get(key, '')[:40]!r} instead of {wanted[key][:40]!r}" for key in differing
                )
                self.faults.append(f"after {step}, the address has {pairs}")
            elif cards:
                self.answers.append((cards[0], address))
            else:
                self.faults.append(f"after {step}, Compare shows no answer")


def _same(key: str, shown: str, wanted: str) -> bool:
    """Return whether a parameter says what was wanted; the page has an order of methods of its own."""
    return sorted(shown.split(",")) == sorted(wanted.split(",")) if key == "methods" else shown == wanted


def visit(server: ServerUnderLoad, record: VisitorRecord, number: int, end: float, pause: float, rounds: int) -> None:
    """Be one visitor until the end: sessions one after the other, each with a classifier and masks of its own."""
    dice = random.Random(number)  # noqa: S311, pauses and choices
    while time.monotonic() < end and rounds:
        rounds -= 1
        try:
            with VisitorSession(server.port) as session:
                _visit_once(session, record, dice, end, pause)
                record.faults.extend(session.faults)
        except Exception as error:
            record.faults.append(f"{type(error).__name__}: {error}")


def _visit_once(session: VisitorSession, record: VisitorRecord, dice: random.Random, end: float, pause: float) -> None:
    name = dice.choice(list(CLASSIFIERS))
    mask = Mask.random_patches(
        (CLASSIFIERS[name], CLASSIFIERS[name]), hidden_share=dice.uniform(0.2, 0.6), patch=CLASSIFIERS[name] // 16,
        seed=dice.randrange(2**31),
    )  # fmt: skip
    wanted = {"model": name, "image": dice.choice(["coffee", "chelsea"]), "mask": mask.to_text(), "methods": "greyout"}
    record.add_time("open Compare", session.open(COMPARE, wanted))
    record.add_answer(session, wanted, "open")
    pages = dice.sample(PAGES, 2)
    for page in pages:
        for _ in range(CHANGES):
            if not _think(dice, end, pause):
                return
            kind = dice.choice(["image", "methods", "mask"])
            record.add_time("change on Compare", _change(session, dice, wanted, kind))
            record.add_answer(session, wanted, kind)
        if not _think(dice, end, pause):
            return
        record.add_time(f"open {page or 'Start'}", session.open(page, is_patient=False))
        if not _think(dice, end, pause):
            return
        record.add_time("back to Compare", session.open(COMPARE))
        record.add_answer(session, wanted, f"{page or 'Start'} and back")


def _change(session: VisitorSession, dice: random.Random, wanted: dict[str, str], kind: str) -> float:
    """Change one thing on Compare, and note in `wanted` what its address must say."""
    if kind == "image":
        titles = {
            "coffee": "Coffee cup",
            "rocket": "Falcon 9 launch",
            "camera": "Cameraman",
            "chelsea": "Chelsea the cat",
        }
        wanted["image"] = dice.choice([name for name in titles if name != wanted["image"]])
        return session.choose("image", titles[wanted["image"]])
    if kind == "methods":
        titles = {"blackout": "Blackout", "greyout": "Greyout", "layer_masking": "Layer masking", "blur": "Blur"}
        names = wanted["methods"]
        while names == wanted["methods"]:
            names = ",".join(sorted(dice.sample(list(titles), dice.randint(1, 2))))
        wanted["methods"] = names
        return session.choose("shown-methods", [titles[name] for name in names.split(",")])
    wanted["mask"] = (~Mask.from_text(wanted["mask"])).to_text()
    return session.choose("change-Invert", None)


def _think(dice: random.Random, end: float, pause: float) -> bool:
    """Wait as a visitor who looks at the page; return whether there is time left."""
    time.sleep(max(0.0, min(dice.uniform(0.5, 1.5) * pause, end - time.monotonic())))
    return time.monotonic() < end


def measure(sessions: int, seconds: float, pause: float, checked: int, rounds: int = -1) -> dict[str, Any]:
    """Let so many visitors use a fresh server for so long, or for so many sessions each; return what was measured."""
    record = VisitorRecord()
    with tempfile.TemporaryDirectory() as folder, ServerUnderLoad(Path(folder)) as server:
        with VisitorSession(server.port) as first:
            first.open(COMPARE)  # the first page reads the libraries
        end = time.monotonic() + seconds
        visitors = [
            threading.Thread(target=visit, args=(server, record, number, end, pause, rounds))
            for number in range(sessions)
        ]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join()
        memory, log = list(server.memory), server.log_errors()
    sample = random.Random(0).sample(record.answers, min(checked, len(record.answers)))  # noqa: S311
    wrong = [difference for html, address in sample if (difference := answer_differs(html, address))]
    steps = {kind: _summary(values) for kind, values in sorted(record.seconds.items())}
    return {
        "sessions": sessions,
        "seconds": seconds,
        "pause_seconds": pause,
        "steps": sum(each["count"] for each in steps.values()),
        "faults": len(record.faults),
        "kinds_of_faults": dict(Counter(fault[:300] for fault in record.faults).most_common(20)),
        "errors_in_the_log": len(log),
        "kinds_of_errors_in_the_log": dict(Counter(line.strip()[:200] for line in log).most_common(10)),
        "answers": len(record.answers),
        "answers_checked": len(sample),
        "answers_wrong": len(wrong),
        "wrong": wrong[:10],
        "seconds_of_a_step": steps,
        "memory_mb": _memory_summary(memory),
    }


def _summary(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    at = {
        name: ordered[min(len(ordered) - 1, int(share * len(ordered)))] for name, share in (("p50", 0.5), ("p95", 0.95))
    }
    return (
        {"count": len(values)} | {name: round(value, 2) for name, value in at.items()} | {"max": round(ordered[-1], 2)}
    )


def _memory_summary(memory: list[tuple[float, float]]) -> dict[str, Any]:
    """Return the median memory of each fifth of the time; flat means that the last is no more than the middle."""
    if not memory:
        return {}
    parts = [memory[len(memory) * part // 5 : len(memory) * (part + 1) // 5] for part in range(5)]
    return {
        "median_of_each_fifth": [round(statistics.median(mb for _, mb in part)) for part in parts if part],
        "most": round(max(mb for _, mb in memory)),
    }


def main(
    sessions: Annotated[int, typer.Option(min=1, help="visitors at the same time")] = 20,
    seconds: Annotated[float, typer.Option(min=1, help="how long they stay")] = 300,
    pause: Annotated[float, typer.Option(min=0, help="seconds between two steps of a visitor, on average")] = 10,
    checked: Annotated[int, typer.Option(min=0, help="answers that are computed again")] = 200,
    out: Annotated[Path, typer.Option(help="the file of the result")] = RESULT,
) -> None:
    """Measure and write the result."""
    facts = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "load_before": os.getloadavg()[0]}
    result = {"manifest": manifest(**facts)} | measure(sessions, seconds, pause, checked)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "manifest"}, indent=1))


if __name__ == "__main__":
    typer.run(main)
