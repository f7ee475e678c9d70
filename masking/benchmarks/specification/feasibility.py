"""Whether a spec can run on this machine, found out before it becomes a run."""

from collections.abc import Collection

from masking.benchmarks.protocol.experiment import Experiment, make_experiment
from masking.benchmarks.specification.loaded_spec import open_image_source
from masking.benchmarks.specification.spec import Spec
from masking.datasets.sources import ImageSource
from masking.datasets.sources.labels import UNKNOWN
from masking.models.classifier import Classifier
from masking.models.timm_networks import is_timm
from masking.models.torchvision_networks import needs_download
from masking.registry.params import params
from masking.runtime.device import pick_device
from masking.runtime.settings import UNTRAINED

PROBED = 32
"""The classes of at most so many images are looked at."""


def check_spec(spec: Spec, classifier: Classifier | None = None) -> None:
    """Check that this machine has what a spec names, and that the classifier can run what the experiment asks of it.

    Weights that are not here yet are not downloaded for this: random ones show as well what the network can run.

    Args:
        spec: from `read_spec` or `spec_from`.
        classifier: the result of `classifier_to_check`, if the caller has it already.

    Raises:
        ValueError: something is missing or cannot run; one sentence.
        KeyError: something that the spec names does not exist; one sentence.
    """
    pick_device(spec.device)
    spec.classifier.check()
    image_source = None if spec.data.settings.get("download") else open_image_source(spec)
    indices = image_source.pick_indices(spec.count, spec.first) if image_source else []
    experiment = spec.make_experiment()
    classifier = classifier_to_check(spec) if classifier is None else classifier
    if reason := experiment.refuses(classifier):
        raise ValueError(reason)
    if image_source is not None and experiment.needs_labels:
        _check_labels(experiment, classifier, image_source, indices)


def describe_known_classes(spec: Spec) -> str:
    """Return a sentence on how many of the images of a spec are of a class that its classifier knows; "" if all are.

    Data that would have to be downloaded first is not looked at.

    Raises:
        ValueError: as `check_spec` raises it.
        KeyError: as `check_spec` raises it.
    """
    if spec.data.settings.get("download"):
        return ""
    image_source = open_image_source(spec)
    facts = image_source.label_facts(classifier_to_check(spec), image_source.pick_indices(spec.count, spec.first))
    unknown, images = facts.get("unknown", 0), facts.get("of", 0)
    if not unknown:
        return ""
    labels = ", ".join(map(repr, facts["examples"]))
    such_as = f" (such as {labels})" if labels else ""
    if unknown == images:
        return f"{spec.classifier.name} knows none of the classes of these images{such_as}, so they have no true class."
    return (
        f"{spec.classifier.name} knows the class of {images - unknown} of {images} images "
        f"({(images - unknown) / images:.0%}). The others{such_as} have no true class."
    )


def classifier_to_check(spec: Spec) -> Classifier:
    """Return the classifier of a spec on the CPU; with random weights if its own are not on this machine yet."""
    model = spec.classifier
    if model.weights is None and (is_timm(model.name) or needs_download(model.name)):
        model = model.model_copy(update={"weights": UNTRAINED})
    return model.load("cpu")


def without_impossible(spec: Spec, names: Collection[str], classifier: Classifier) -> Spec:
    """Return a spec whose settings `names`, which hold every choice, hold only those that the classifier can run.

    A setting of which nothing would be left keeps its choices, so that `check_spec` says what is wrong.
    """
    choices = {setting.name: setting.choices for setting in params(spec.make_experiment()) if setting.name in names}

    def is_possible(choice: str) -> bool:
        alone = {name: [choice] for name in names if choice in choices[name]}  # the others would hold what cannot run
        return make_experiment(spec.experiment, spec.all_settings | alone).refuses(classifier) is None

    possible = {name: [choice for choice in spec.settings[name] if is_possible(choice)] for name in names}
    return spec.model_copy(update={"settings": spec.settings | {name: kept for name, kept in possible.items() if kept}})


def _check_labels(
    experiment: Experiment, classifier: Classifier, image_source: ImageSource, indices: Collection[int]
) -> None:
    """Raise ValueError if the classifier knows the class of no image, as far as a look at a few of them tells."""
    probed = list(indices)[:PROBED]
    if all(image_source.label(classifier, index) == UNKNOWN for index in probed):
        raise ValueError(
            f"{experiment.title} needs images whose classes the classifier knows, and {classifier.name} knows the "
            f"class of none of {'the' if len(probed) == len(indices) else 'the first'} {len(probed)} images; choose "
            "data whose classes it knows"
        )
