"""The steps of a study on one set of pictures, each kept in the result file before the next begins."""

from typing import Any

from .comparison import StudyMethods
from .lime_fit import explain_picture, lime_rows
from .outline import outline_rows
from .pictures import StudyPictures
from .removal import removal_answers, removal_rows
from .results import StudyFile


def facts_of(pictures: StudyPictures, **settings: Any) -> dict[str, Any]:
    """Return where the pictures come from, the network's digest, and the settings of a step."""
    return {"weights": pictures.classifier.weights_digest, **pictures.facts, **settings}


def measure_removal(file: StudyFile, pictures: StudyPictures, methods: StudyMethods, patch: int = 16) -> None:
    """Measure accuracy and class entropy, unless the file has them."""
    network = pictures.classifier.name
    if file.part(network, "removal") is None:
        rows = removal_rows(removal_answers(pictures, methods, patch), pictures, methods)
        file.write(network, "removal", {**facts_of(pictures, patch=patch, mask_seeds="positions"), "rows": rows})
        print(network, *rows, sep="\n", flush=True)


def measure_outline(file: StudyFile, pictures: StudyPictures, methods: StudyMethods) -> None:
    """Measure shape leakage and reliance error, unless the file has them."""
    network = pictures.classifier.name
    if file.part(network, "outline") is None:
        rows = outline_rows(pictures, methods)
        file.write(network, "outline", {**facts_of(pictures, hole="exact object"), "rows": rows})
        print(network, *rows, sep="\n", flush=True)


def measure_lime(
    file: StudyFile,
    pictures: StudyPictures,
    methods: StudyMethods,
    count: int,
    seeds: dict[str, int],
    samples: int = 200,
) -> None:
    """Explain pictures at random, each under every method that `seeds` gives a number of seeds; keep each at once."""
    network = pictures.classifier.name
    supported = methods.supported(pictures.classifier)
    for position in pictures.sample(count):
        kept = file.part(network, "lime") or {}
        settings = facts_of(pictures, samples=samples, segments="slic, 50", seeds=seeds)
        measured = kept.get("measured", {}) if kept.get("samples") == samples else {}
        name = pictures.names[position]
        missing = [method for method in supported if method in seeds and method not in measured.get(name, {})]
        for method in missing:
            rows = explain_picture(pictures, position, methods, [method], samples, seeds[method])
            measured.setdefault(name, {}).update(rows)
        if missing:
            rows = lime_rows(measured, methods)
            file.write(network, "lime", {**settings, "rows": rows, "measured": measured})
            print(network, len(measured), "pictures explained", flush=True)
