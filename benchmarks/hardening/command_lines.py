"""The command line as a door: every command with wrong words, numbers, paths and files."""

import contextlib
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image

from benchmarks.hardening import hostile
from benchmarks.hardening.doors import DOORS
from benchmarks.hardening.outcome import Console

CODES = {0, 1, 2, 3}
"""Exit codes: done, failed, bad input, cancelled."""
PICTURE = ("compare", "picture.png", "--patches", "0.5", "--patch", "16", "--seed", "0", "--methods", "blackout")
LIME = (
    "lime",
    "picture.png",
    "--method",
    "blackout",
    "--segments",
    "grid",
    "--samples",
    "8",
    "--seed",
    "0",
    "--alpha",
    "1",
)
FILM = ("attribution-mask", "picture.png", "--attribution", "gxi", "--iterations", "1", "--target", "3")
RUN = (
    "bench",
    "run",
    "patch_removal",
    "--count",
    "1",
    "--set",
    "methods=blackout",
    "--set",
    "shares=0",
    "--block",
    "1",
)
OWN = ("--classifier", "squeezenet1_1", "--weights", "wrong.safetensors", "--categories", "names.txt")
SIZED = (
    "--classifier",
    "squeezenet1_1",
    "--weights",
    "untrained",
    "--input-size",
    "64",
    "--mean",
    "0.5",
    "--std",
    "0.5",
)
COMMANDS = (
    PICTURE,
    (*PICTURE, *OWN),
    (*PICTURE, *SIZED),
    (*PICTURE, "--mask", "mask.png"),
    (*PICTURE, "--object", "mask.png"),
    (*PICTURE, "--device", "cpu", "--json"),
    (*PICTURE, "--sheet", "out.html"),
    (*PICTURE, "--sheet", "out.svg"),
    LIME,
    (*LIME, "--target", "3"),
    (*LIME, "--out", "out.csv"),
    (*LIME, "--kernel-width", "0.25", "--json"),
    (*LIME, *SIZED),
    FILM,
    (*FILM, "--json"),
    (*FILM, "--out", "out.png"),
    (*RUN, "--data", "folder", "--set", "data.path=."),
    (*RUN, "--data", "listed", "--set", "data.path=list.csv"),
    (*RUN, "--first", "0", "--seed", "0"),
    (*RUN, "--data", "jpeg_archive", "--set", "data.path=wrong.npz"),
    (*RUN, "--data", "torchvision", "--set", "data.root=."),
    (*RUN, "--shard", "1/2", "--title", "a"),
    (*RUN, "--engine", "local", "--out", "out.csv"),
    (*RUN, "--plugin", "wrong.py"),
    ("bench", "run", "spec.json"),
    ("bench", "run", "spec.toml"),
    ("bench", "show", "abc"),
    ("bench", "list"),
    ("bench", "compare", "abc", "def"),
    ("bench", "export", "abc", "out.csv"),
    ("bench", "import", "wrong.json.gz"),
    ("bench", "merge", "wrong.json", "wrong.json.gz"),
    ("bench", "cancel", "abc"),
    ("bench", "resume", "abc"),
    ("bench", "delete", "abc"),
    ("bench", "experiments"),
    ("bench", "note", "abc", "a"),
    ("train", "recipe.toml", "--set", "training.steps=1"),
    ("handout", "--out", "out.html", "--idea", "hiding", "--lang", "en"),
    ("leakage", "--images", ".", "--masks", "."),
    ("leakage", "--scenes", "2", "--methods", "blackout", "--holes", "exact", "--seed", "0"),
    ("scenes", "out.png"),
    ("classifiers", "--timm", "x*"),
    ("methods", "--json"),
    ("attributions",),
    ("segmentations",),
)
"""Commands as they are meant; one or two of their words are replaced."""
FILES = (
    "wrong.png",
    "wrong.npy",
    "wrong.safetensors",
    "wrong.pth",
    "wrong.json",
    "wrong.json.gz",
    "wrong.toml",
    "wrong.csv",
    "wrong.npz",
    "wrong.txt",
)
PATHS = (
    "gone.png",
    "folder",
    "/",
    "/dev/null",
    "/dev/zero",
    "/root/x/y.png",
    "pipe",
    "loop",
    "~nobody-here/x",
    ".",
    "..",
    "picture.png",
    "names.txt",
    "sparse.npz",
)
CHEAP_NUMBERS = (
    "-1",
    "0",
    "0.5",
    "-0.0",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "1e-400",
    "x",
    "",
    "9" * 30,
    "9" * 5000,
    "2,5",
    "1_000",
    "٣",
    "0x10",
    "1/0",
    "0/0",
    "3/2",
)


def fill_folder(folder: Path) -> None:
    """Write the files that the commands name."""
    Image.new("RGB", (64, 48), "red").save(folder / "picture.png")
    Image.new("1", (64, 48), 1).save(folder / "mask.png")
    (folder / "names.txt").write_text("ash\nelm\n")
    (folder / "list.csv").write_text("path,label\npicture.png,airplane\n")
    (folder / "spec.json").write_bytes(DOORS["specifications, JSON"].valid()[0])
    (folder / "spec.toml").write_text('experiment = "gone"\n')
    (folder / "masking.toml").touch()
    (folder / "folder").mkdir(exist_ok=True)
    for name, make in (("pipe", os.mkfifo), ("loop", lambda path: path.symlink_to("loop"))):
        with contextlib.suppress(FileExistsError):
            make(folder / name)
    with (folder / "sparse.npz").open("wb") as sparse:
        sparse.truncate(40 * 2**30)
    (folder / "recipe.toml").write_text("[training]\nsteps = 0\n")


def words_of(number: int, dice: random.Random) -> list[str]:
    """Return the words of a command line."""
    words = list(COMMANDS[number % len(COMMANDS)])
    for _ in range(dice.choice((1, 1, 2))):
        at = dice.randrange(1, len(words)) if len(words) > 1 else 0
        kind = dice.randrange(6)
        pool = (hostile.WORDS, PATHS, FILES, CHEAP_NUMBERS, FILES, words)[kind]
        word = dice.choice(pool).replace("\0", "\x01")  # no system passes a NUL on
        if words[at].startswith("--") and at + 1 < len(words) and dice.random() < 0.8:
            at += 1
        if "=" in words[at] and dice.random() < 0.8:
            word = f"{words[at].partition('=')[0]}={word}"
        match dice.randrange(8):
            case 0:
                words.insert(at, word)
            case 1:
                del words[at]
            case _:
                words[at] = word
        if not words:
            words = [word]
    return words


def write_wrong_files(folder: Path, dice: random.Random) -> None:
    """Write damaged files under the names in FILES."""
    doors = {
        ".png": "pictures",
        ".npy": "label maps",
        ".safetensors": "described networks",
        ".pth": "state dicts",
        ".json": "runs",
        ".toml": "recipes",
    }
    doors |= {".gz": "runs", ".csv": "lists", ".npz": "archives", ".txt": "categories"}
    for name in FILES:
        if dice.random() < 0.3:
            (folder / name).write_bytes(DOORS[doors[Path(name).suffix]].damaged(dice))


def is_endless(words: list[str]) -> bool:
    """Return whether a command is right as it is and takes long: many scenes, samples, images or steps."""
    return any(len(word) > 2 and word.isdecimal() for word in words) and not any(len(word) > 25 for word in words)


def run_here(words: list[str], folder: Path) -> None:
    """Run a command in this process.

    Raises:
        RuntimeError: it ends in anything but an exit code, or writes a traceback or an error of several lines.
    """
    from masking.__main__ import main

    output, errors = Console(), Console()
    before, before_words = Path.cwd(), sys.argv
    sys.argv = ["missingness", *words]
    os.chdir(folder)
    code: object = 0
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            main()
    except SystemExit as left:
        code = left.code or 0
    finally:
        sys.argv = before_words
        os.chdir(before)
    check_command(words, code, output.getvalue(), errors.getvalue())


def check_command(words: list[str], code: object, output: str, errors: str) -> None:
    """Raise RuntimeError for an exit code or error that no command has; ValueError with the sentence for others."""
    shown = [word if len(word) < 40 else f"{word[:20]}…" for word in words]
    if code not in CODES or "Traceback" in output + errors:
        raise RuntimeError(f"{shown} left with {code}: {errors[-300:]}")
    sentences = [line for line in errors.splitlines() if line.startswith("missingness: ")]
    is_usage = words[-1:] == ["bench"] or not words or "Usage" in errors or "─ Error ─" in errors
    if code == 2 and not sentences and not is_usage:
        raise RuntimeError(f"{shown} was refused without a sentence: {errors[-300:]!r}")
    if sentences and code == 2:
        raise ValueError(sentences[-1].removeprefix("missingness: "))


def run_process(words: list[str], folder: Path, seconds: float = 60) -> None:
    """Run a command in a process of its own; raises as `run_here` does."""
    command = [
        sys.executable,
        "-m",
        "masking",
        *(word.encode("utf-8", "surrogateescape" if word.isascii() else "replace") for word in words),
    ]
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": root}, capture_output=True, timeout=seconds, check=False
    )
    check_command(
        words, done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    )


def empty_store(folder: Path) -> None:
    """Remove what commands have stored."""
    shutil.rmtree(folder / "runs", ignore_errors=True)
