"""The exhibits of the first page, computed. This module imports the library with all that it needs, such as torch."""

from masking.datasets.gallery import open_sample
from masking.image import to_png
from masking.inference.comparison import Comparison
from masking.inference.predict import USUAL_METHODS, compare
from masking.inference.prediction import Prediction
from masking.inference.random_removal import random_removal
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.models.packaged_networks import LITE
from masking.models.zoo import FIRST
from masking.results.series_style import DASHES
from pages.components.cards import SIGNS
from pages.landing.exhibit import MASKS, PATCH, PROBABILITY_DIGITS, SEED, Card, Exhibit
from pages.pickers.classifier import load, models
from pages.pickers.picture import object_mask_for
from pages.shell.frame import set_imports_aside

CAT, SCENE = "chelsea", "scene-000"
DEVICE = "cpu"
set_imports_aside()


def photograph_exhibit(hidden_percent: int, seed: int) -> Exhibit:
    """Return the gallery's cat with random patches hidden, as the ImageNet network answers it here and now."""
    classifier = _classifier(LITE)
    share = hidden_percent / 100
    mask = Mask.random_patches(classifier.input_size, share, patch=PATCH, seed=seed)
    source = {"hidden_share": share, "patch": PATCH, "seed": seed}
    return _exhibit(compare(classifier, open_sample(CAT), mask, USUAL_METHODS, mask_source=source))


def scene_exhibit() -> Exhibit:
    """Return a drawn scene whose object is hidden exactly, as the bundled network answers it here and now."""
    classifier = _classifier(FIRST)
    mask = object_mask_for(classifier, SCENE)
    if mask is None:
        raise ValueError(f"the sample {SCENE} has no object mask; run `missingness scenes`")
    return _exhibit(compare(classifier, open_sample(SCENE), mask, USUAL_METHODS, known_object=mask))


def named_counts(hidden_percent: int) -> dict[str, int]:
    """Return how often the cat is named, by the method's title, for `MASKS` random choices of patches."""
    removals = random_removal(
        _classifier(LITE), open_sample(CAT), USUAL_METHODS, hidden_percent / 100, PATCH, MASKS, SEED
    )
    return {METHODS[name].title: round(removal.group_agreement * MASKS) for name, removal in removals.items()}


def _classifier(name: str) -> Classifier:
    """Return a classifier from the server's memory, which the other pages share."""
    key = f"{name} on {DEVICE}"
    if (classifier := models().get(key)) is None:
        classifier = load(name, DEVICE)
        models().put(key, classifier)
    return classifier


def _exhibit(comparison: Comparison) -> Exhibit:
    whole = comparison.whole
    cards = [Card("Whole picture", whole.named.name, _probability(whole, whole), png=to_png(comparison.image))]
    for name, answer in comparison.masked.items():
        method, verdict = METHODS[name], comparison.verdicts[name]
        cards.append(
            Card(
                title=method.title,
                says=answer.named.name,
                probability=_probability(answer, whole),
                verdict=verdict.text,
                word=verdict.word,
                sign=SIGNS[verdict.kind],
                kind=str(verdict.kind),
                colour=method.style.colour,
                dashes=DASHES[method.style.dash],
                png=to_png(comparison.picture(name)),
            )
        )
    return Exhibit(
        cards=tuple(cards),
        sentence=comparison.sentence,
        object_name=whole.named.group_text,
        hidden_share=comparison.mask.hidden_share,
        manifest={**comparison.manifest, "mask_text": comparison.mask.to_text()},
    )


def _probability(answer: Prediction, whole: Prediction) -> float:
    """Return the probability of what is in the whole picture, rounded."""
    return round(answer.group_probability(whole.index), PROBABILITY_DIGITS)
