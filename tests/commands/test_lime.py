"""`missingness lime`: what the library says, on the command line."""

import csv
import io
import json
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image

from masking import lime
from masking.attribution import LimeSettings
from masking.registry.params import params
from tests.commands.refusals import refused_in_one_line

ASKED = ("--samples", 40, "--seed", 3, "--method", "greyout", "--segments", "grid:patch=32")


def test_it_says_what_the_library_says(run, files, bundled):
    code, out, err = run("lime", "picture.png", *ASKED, "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    segments = (np.arange(bundled.input_size[0])[:, None] // 32) * 100 + np.arange(bundled.input_size[1]) // 32
    expected = lime(bundled, files / "picture.png", "greyout", None, segments, samples=40, seed=3)
    assert document["category"] == expected.category
    assert document["r2"] == pytest.approx(expected.r2)
    assert document["r2_held_out"] == pytest.approx(expected.r2_held_out)
    ours = {row["segment"]: row["coefficient"] for row in document["coefficients"]}
    assert [ours[segment] for segment in range(len(ours))] == pytest.approx(expected.coefficients.tolist())


def test_it_prints_a_table_and_a_sentence(run):
    code, out, _ = run("lime", "picture.png", *ASKED)
    *table, sentence = out.splitlines()
    weights = [float(line.split()[2]) for line in table]
    assert code == 0
    assert weights == sorted(weights, reverse=True)
    assert sentence.endswith(".")
    assert f"40 samples of {len(table)} segments under greyout" in sentence
    assert "R² on held-out answers" in sentence


@pytest.mark.parametrize("ending", [".PNG", ".png", ".csv", ".json", ".npz"])
def test_it_writes_files(run, files, ending):
    assert run("lime", "picture.png", *ASKED, "--out", f"found{ending}")[0] == 0
    data = (files / f"found{ending}").read_bytes()
    if ending.lower() == ".png":
        assert Image.open(io.BytesIO(data)).size == (128, 128)
    elif ending == ".csv":
        assert len(list(csv.DictReader(io.StringIO(data.decode())))) == 16
    elif ending == ".json":
        assert json.loads(data)["samples"] == 40
    else:
        assert np.load(io.BytesIO(data))["z"].shape == (40, 16)


def test_the_fit_can_be_set_and_the_second_class_explained(run, files, bundled):
    first = json.loads(run("lime", "picture.png", *ASKED, "--alpha", 0.01, "--kernel-width", 0.5, "--json")[1])
    second = json.loads(run("lime", "picture.png", *ASKED, "--target", "second", "--json")[1])
    assert first["manifest"]["lime"] == asdict(LimeSettings(40, 3, 0.5, 0.01))
    likely = bundled(bundled.prepare(files / "picture.png"))[0].argsort(descending=True).tolist()
    assert [first["target"], second["target"]] == likely[:2]
    assert first["probability"] > second["probability"] > 0


def test_its_help_says_what_the_settings_say(run):
    text = " ".join(run("lime", "--help")[1].replace("│", " ").split())
    for declared in params(LimeSettings):
        assert f"--{declared.name.replace('_', '-')}" in text
        values = ", ".join(declared.choices) or f"{declared.low} to {declared.high}"
        assert f"{declared.meaning[1:]}; {values}" in text


def test_label_maps_and_targets(run, files, bundled):
    labels = np.zeros(bundled.input_size, np.uint8)
    labels[40:, 30:] = 200
    Image.fromarray(labels).save(files / "labels.png")
    np.save(files / "labels.npy", labels.astype(np.int32))
    (files / "labels.npy").rename(files / "LABELS.NPY")
    name = bundled.categories[5]
    documents = [
        json.loads(run("lime", "picture.png", "--samples", 9, "--segments", f, "--target", t, "--json")[1])
        for f, t in (("labels.png", 5), ("LABELS.NPY", name))
    ]
    assert documents[0]["coefficients"] == documents[1]["coefficients"]
    assert documents[0]["category"] == name
    assert len(documents[0]["coefficients"]) == 2


def test_samples_can_belong_together_and_end_when_it_is_stable(run):
    words = ("lime", "picture.png", "--method", "greyout", "--segments", "grid:patch=64", "--sampling", "balanced")
    code, out, err = run(*words, "--samples", 300, "--until-stable", 1, "--confidence", 0.9, "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["manifest"]["lime"]["sampling"] == "balanced"
    assert document["samples"] < 300
    assert document["certain_segments"] >= 1
    assert document["complete_designs"] == (document["samples"] - 1) // 16
    assert "It is stable: sign and rank of" in run(*words, "--samples", 300, "--until-stable", 1)[1]
    assert "only paired, because a complete balanced design needs 17" in run(*words, "--samples", 12)[1]


BAD = {
    "sampling": (("--sampling", "balnced"), "sampling is 'balnced'; it must be one of independent, paired, balanced"),
    "until stable": (("--until-stable", 51), "until_stable is 51; it must be between 0 and 50"),
    "no samples": (("--samples", 0), "samples is 0; it must be between 2 and"),
    "seed": (("--seed", -3), "seed is -3; it must be between 0 and 2147483647"),
    "kernel width": (("--kernel-width", 0), "kernel_width is 0.0; it must be between 0.05 and 100"),
    "alpha": (("--alpha", -1), "alpha is -1.0; it must be between 1e-06 and 1000"),
    "class index": (("--target", 99), "there is no class 99; they go from 0 to 15"),
    "class name": (("--target", "keey"), "there is no class 'keey'"),
    "method": (("--method", "greyuot"), "there is no masking method 'greyuot'; did you mean greyout"),
    "segmentation": (("--segments", "slick"), "there is no segmentation 'slick'; did you mean slic"),
    "parameter": (("--segments", "slic:size=3"), "segmentation 'slic' has no parameter 'size'"),
    "one segment": (("--segments", "grid:patch=512"), "one single segment"),
    "label map": (("--segments", "small.png"), "the label map is 7x9 but the image is 128x128"),
    "no label map": (("--segments", "gone.png"), "the label map gone.png cannot be read (No such file or directory)"),
    "damaged map": (("--segments", "bad.npy"), "the label map bad.npy is neither a PNG nor a .npy file"),
    "ending": (("--out", "found.txt"), "found.txt ends with none of .png, .svg, .csv, .json, .npz"),
}


@pytest.mark.parametrize(("arguments", "sentence"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_in_one_line(run, files, arguments, sentence):
    (files / "bad.npy").write_bytes(b"hello")
    refused_in_one_line(*run("lime", "picture.png", *arguments), sentence)
