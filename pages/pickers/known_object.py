"""The object of the picture on the page, where it is known and the classifier knows its class."""

from masking.datasets.gallery import samples
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from pages.pickers import data_set
from pages.pickers.picture import object_mask_for, picture_name


def known_object(classifier: Classifier) -> tuple[Mask | None, str | None]:
    """Return the mask that hides the object exactly, and the name of its class; None twice if either is unknown."""
    category = known_class(classifier, name := picture_name())
    return (None, None) if category is None else (object_mask_for(classifier, name), category)


def known_class(classifier: Classifier, name: str) -> str | None:
    """Return the name of the class that a picture shows; None where that is unknown, or the classifier lacks it."""
    category = None
    if name.startswith(data_set.PREFIX):
        index = data_set.true_class(name, classifier)
        category = None if index is None else classifier.categories[index]
    elif name in samples():
        category = samples()[name].object_class
    return category
