"""Links of pages as a door: every page is opened with hostile parameters."""

import random
from pathlib import Path

from benchmarks.hardening import hostile

ROOT = Path(__file__).parents[2]
SCRIPTS = ("1_Compare", "2_Layers", "4_LIME", "6_Benchmarks", "7_Learn")
"""The pages that are opened; the others share their readers of parameters."""
PARAMETERS = (
    "image",
    "model",
    "mask",
    "methods",
    "patch",
    "share",
    "seed",
    "target",
    "draw",
    "layer",
    "channel",
    "segments",
    "samples",
    "method",
    "run",
    "view",
    "runs",
    "settings",
    "data",
    "count",
    "experiment",
    "spec",
    "plugins",
    "sort",
    "filter",
    "deleted",
    "present",
    "set",
    "slide",
    "lang",
    "lesson",
    "idea",
    "at",
    "screen",
    "owner",
    "weights",
    "categories",
    "upload",
    "embed",
)
VALUES = (
    "chelsea",
    "silhouettes/resnet",
    "squeezenet1_1@shelf:/etc/passwd",
    "squeezenet1_1@../../x",
    "os:system",
    "timm/../../x",
    "upload:" + "a" * 24,
    "224x224.eJz",
    "8192x8192.eJxj",
    "1",
    "99999999999",
    "data.path=/etc",
    "folder:path=/",
    "[]",
    '{"experiment":"patch_removal"}',
    "deadbeef",
    "blackout,blackout",
    "noise:seed=-1",
    "slic:count=10**9",
    "de",
    "../de",
)


def link_of(dice: random.Random) -> tuple[str, dict[str, str]]:
    """Return a page and parameters of its link."""
    script = dice.choice(SCRIPTS)
    names = dice.sample(PARAMETERS, dice.choice((1, 2, 5, 12)))
    parameters = {
        name: dice.choice((*VALUES, *hostile.WORDS)).encode("utf-8", "replace").decode()[:2000] for name in names
    }
    if dice.random() < 0.1:
        parameters[dice.choice(hostile.WORDS[4:])[:200]] = "1"
    return script, parameters


def open_page(script: str, parameters: dict[str, str]) -> None:
    """Open a page as a browser does.

    Raises:
        RuntimeError: the page shows a traceback.
    """
    from streamlit.testing.v1 import AppTest

    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page(str(ROOT / "pages" / f"{script}.py"))
    for name, value in parameters.items():
        page.query_params[name] = value
    page.run()
    if page.exception:
        error = page.exception[0]
        raise RuntimeError(f"{script} {parameters}: {error.message[:200]} {' '.join(error.stack_trace[-3:])[:400]}")
