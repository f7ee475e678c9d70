"""Every file argument of every command refuses the wrong kind of file in one line, before anything is computed."""

import gzip
import io

import numpy as np
import pytest
from PIL import Image

from tests.commands.refusals import refused_in_one_line

SEEDED = np.random.default_rng(0)


def _picture():
    buffer = io.BytesIO()
    Image.fromarray(SEEDED.integers(0, 255, (9, 9, 3), dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


CONTENTS = {
    "picture": _picture(),
    "binary": SEEDED.integers(0, 256, 3000, dtype=np.uint8).tobytes(),
    "empty": b"",
    "text of another country": "café\n".encode("latin-1"),
    "wide text": "a\nb\n".encode("utf-16"),
    "another document": b"[1, 2]",
    "compressed": gzip.compress(b"[1, 2]"),
    "cut": gzip.compress(_picture())[:40],
    "deep": b"[" * 20000,
}
PATCHES = ("compare", "picture.png", "--patches", 0.5, "--methods", "blackout")
OWN = (*PATCHES, "--classifier", "squeezenet1_1", "--weights")
RUN = ("bench", "run", "patch_removal", "--count", 1, "--set", "methods=blackout")
DATA = (*RUN, "--set", "shares=0", "--data")
NAMES = ("picture", "binary", "empty", "text of another country", "wide text", "compressed", "cut")
OPTIONS = {
    "compare IMAGE": (lambda file: ("compare", file, "--patches", 0.5), "", set(CONTENTS) - {"picture"}),
    "lime IMAGE": (lambda file: ("lime", file, "--method", "blackout"), ".png", set(CONTENTS) - {"picture"}),
    "attribution-mask IMAGE": (lambda file: ("attribution-mask", file), ".jpg", set(CONTENTS) - {"picture"}),
    "lime --segments .npy": (
        lambda file: ("lime", "picture.png", "--method", "blackout", "--segments", file),
        ".npy",
        set(CONTENTS) - {"picture"},  # its pixels are labels, whatever it is called
    ),
    "lime --segments .txt": (
        lambda file: ("lime", "picture.png", "--method", "blackout", "--segments", file),
        ".txt",
        set(CONTENTS) - {"picture"},
    ),
    "--weights .pth": (lambda file: (*OWN, file), ".pth", set(CONTENTS)),
    "--weights .safetensors": (lambda file: (*OWN, file), ".safetensors", set(CONTENTS)),
    "--weights": (lambda file: (*OWN, file), ".bin", set(CONTENTS)),
    "--categories": (lambda file: (*OWN, "own.safetensors", "--categories", file), ".txt", set(NAMES)),
    "train CONFIG": (lambda file: ("train", file), ".toml", set(CONTENTS)),
    "leakage --images": (lambda file: ("leakage", "--images", file, "--masks", file), "", set(CONTENTS)),
    "bench run SPEC.json": (lambda file: ("bench", "run", file), ".json", set(CONTENTS)),
    "bench run SPEC.toml": (lambda file: ("bench", "run", file), ".toml", set(CONTENTS)),
    "bench run --plugin": (
        lambda file: (*RUN, "--plugin", file),
        ".py",
        set(CONTENTS) - {"empty", "another document"},  # these are programs that do nothing
    ),
    "bench run --plugin, not .py": (lambda file: (*RUN, "--plugin", file), ".txt", set(CONTENTS)),
    "data folder": (lambda file: (*DATA, "folder", "--set", f"data.path={file}"), "", set(CONTENTS)),
    "data listed": (lambda file: (*DATA, "listed", "--set", f"data.path={file}"), ".csv", set(CONTENTS)),
    "data jpeg_archive": (lambda file: (*DATA, "jpeg_archive", "--set", f"data.path={file}"), ".npz", set(CONTENTS)),
    "bench import": (lambda file: ("bench", "import", file), ".json.gz", set(CONTENTS)),
    "bench merge": (lambda file: ("bench", "merge", file), ".json", set(CONTENTS)),
}
CASES = [(option, kind) for option, (_, _, kinds) in OPTIONS.items() for kind in (*CONTENTS, "folder") if kind in kinds]
CASES += [(option, "folder") for option in OPTIONS if option != "data folder" and "leakage" not in option]


@pytest.mark.parametrize(("option", "kind"), CASES)
def test_the_wrong_kind_of_file_is_refused_in_one_line(run, store, files, option, kind):
    arguments, ending, _ = OPTIONS[option]
    file = files / "wrong" / f"{kind.replace(' ', '-')}{ending}"
    file.parent.mkdir(exist_ok=True)
    if kind == "folder":
        file.mkdir(exist_ok=True)
    else:
        file.write_bytes(CONTENTS[kind])
    code, out, err = run(*arguments(file))
    refused_in_one_line(code, out, err, "")
    assert str(file) in err or file.name in err
    for raw in ("codec", "Errno", "object", "line 1 column"):
        assert raw not in err or (raw == "line 1 column" and ".json" in ending)
    assert store.runs() == []


OUTPUTS = {
    "compare": (*PATCHES, "--sheet"),
    "lime": ("lime", "picture.png", "--out"),
    "attribution-mask": ("attribution-mask", "picture.png", "--out"),
    "bench run": (*RUN, "--out"),
    "bench merge": ("bench", "merge", "gone.json", "--out"),
}


@pytest.mark.parametrize("command", OUTPUTS)
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("taken.csv", "taken.csv is a folder; give the name of a file"),
        ("gone/a.csv", "there is no folder gone to write a.csv to; make it first"),
        ("picture.png/a.csv", "there is no folder picture.png to write a.csv to"),
        (f"{'x' * 300}.csv", "cannot be written (File name too long)"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_work(run, store, files, command, name, sentence):
    ending = ".png" if command == "compare" else ".csv"  # a sheet is a picture
    name, sentence = name.replace(".csv", ending), sentence.replace(".csv", ending)
    (files / f"taken{ending}").mkdir(exist_ok=True)
    refused_in_one_line(*run(*OUTPUTS[command], name), sentence)
    assert store.runs() == []
