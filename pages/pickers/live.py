"""Classifiers that `masking.explore` shows: objects of this process, and no names that anything could load."""

from copy import deepcopy

from masking.models.classifier import Classifier

_classifiers: dict[str, Classifier] = {}


def add_live_classifier(classifier: Classifier) -> None:
    """Offer a classifier in every picker under its name, as the last and so the first choice."""
    _classifiers.pop(classifier.name, None)
    _classifiers[classifier.name] = classifier


def forget_live_classifiers() -> None:
    """Offer none of them any longer."""
    _classifiers.clear()


def live_classifiers() -> dict[str, Classifier]:
    """Return the classifiers that are shown, by name, the latest last."""
    return dict(_classifiers)


def live_classifier(name: str, device: str) -> Classifier:
    """Return a classifier that is shown: the object itself, or a copy if the device is another one than its own."""
    classifier = _classifiers[name]
    return classifier if str(classifier.device) == device else deepcopy(classifier).to(device)
