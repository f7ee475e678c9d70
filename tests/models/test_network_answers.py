"""Networks that answer in other ways than logits (n, classes): every verb gives what plain logits give."""

from collections import namedtuple
from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking import METHODS, Classifier, attribute
from masking.attribution.linear_features import compute_features
from tests.models.answering import IMAGE, MASK, SIDE, Answers, assert_same, body, classifier_of, verbs


@dataclass
class Output:
    features: torch.Tensor
    logits: torch.Tensor


class ModelOutput(dict):
    """Like those of HuggingFace, keys are attributes too."""

    __getattr__ = dict.__getitem__


class Holder:
    def __init__(self, logits):
        self.logits = logits


Named = namedtuple("Named", ["logits", "aux_logits"])

FORMS = {
    "tuple": lambda y: (y, -y),
    "list": lambda y: [y, y.repeat(1, 3)],
    "features first": lambda y: (y.repeat(1, 3), y),
    "named tuple": lambda y: Named(y, -y),
    "dict": lambda y: {"loss": y.mean(), "logits": y},
    "dict of one": lambda y: {"out": y},
    "dict in a tuple": lambda y: ({"features": y.repeat(1, 2), "logits": y}, y.mean()),
    "dataclass": lambda y: Output(y.repeat(1, 2), y),
    "output object": lambda y: ModelOutput(loss=None, logits=y, hidden_states=(y.repeat(1, 2),)),
    "any object": Holder,
    "softmax": lambda y: y.softmax(1),
    "softmax in a dict": lambda y: {"logits": F.softmax(y, dim=-1)},
    "softmax by hand": lambda y: y.exp() / y.exp().sum(1, keepdim=True),
    "percent": lambda y: 100 * y.softmax(1),
    "log-softmax": lambda y: F.log_softmax(y, 1),
    "maps": lambda y: y[:, :, None, None],
    "softmax of maps": lambda y: y[:, :, None, None].softmax(1),
    "squeezed": torch.squeeze,
    "a row too many": lambda y: y[:, None],
}


@pytest.fixture(scope="module")
def plain():
    return verbs(classifier_of(body()))


@pytest.mark.parametrize("form", FORMS)
def test_every_verb_answers_as_with_plain_logits(form, plain):
    assert_same(verbs(classifier_of(Answers(FORMS[form]))), plain)


@pytest.mark.parametrize("form", ["tuple", "dict", "output object", "maps", "squeezed"])
def test_attributions_are_those_of_the_logits(form):
    expected, ours = classifier_of(body()), classifier_of(Answers(FORMS[form]))
    for name in ("gradient", "gxsi", "integrated_gradients", "occlusion"):
        torch.testing.assert_close(attribute(ours, IMAGE, 2, name), attribute(expected, IMAGE, 2, name))


@pytest.mark.parametrize("form", ["softmax", "softmax by hand", "softmax of maps"])
def test_attributions_of_probabilities_are_those_of_their_logarithms(form):
    expected, ours = classifier_of(Answers(FORMS["log-softmax"])), classifier_of(Answers(FORMS[form]))
    for name in ("gradient", "gxsi", "occlusion"):
        torch.testing.assert_close(
            attribute(ours, IMAGE, 2, name), attribute(expected, IMAGE, 2, name), atol=1e-5, rtol=1e-3
        )


# --- one logit -------------------------------------------------------------------------------------------------------


def two_logits() -> nn.Sequential:
    network = body(1)
    head = nn.Linear(6, 2)
    head.weight.data = torch.cat([-network[-1].weight.data, network[-1].weight.data]) / 2
    head.bias.data = torch.cat([-network[-1].bias.data, network[-1].bias.data]) / 2
    network[-1] = head
    return network


ONE = {
    "column": lambda z: z,
    "row": lambda z: z[:, 0],
    "squeezed": torch.squeeze,
    "sigmoid": torch.sigmoid,
    "sigmoid of a row": lambda z: torch.sigmoid(z[:, 0]),
    "sigmoid in a dict": lambda z: {"logits": z.sigmoid(), "loss": z.mean()},
    "sigmoid by hand": lambda z: 1 / (1 + (-z).exp()),
    "shares by hand": lambda z: torch.cat([1 - z.sigmoid(), z.sigmoid()], 1),
    "tuple": lambda z: (z, z.repeat(1, 5)),
}


@pytest.mark.parametrize("form", ONE)
def test_one_logit_becomes_two_classes(form):
    assert_same(
        verbs(classifier_of(Answers(ONE[form], 1), ("no", "yes"))), verbs(classifier_of(two_logits(), ("no", "yes")))
    )


@pytest.mark.parametrize("scale", [1e-4, 0.01, 1.0])
def test_small_logits_are_no_probabilities(scale):
    """Without a sigmoid, numbers between 0 and 1 remain logits."""
    network = body(1)
    network[-1].weight.data = network[-1].weight.data.abs() * scale / 20
    network[-1].bias.data = torch.tensor([0.3])
    classifier = classifier_of(network, ("no", "yes"))
    logits = classifier(IMAGE)
    z = network(classifier.normalise(IMAGE))
    torch.testing.assert_close(logits, torch.cat([-z, z], 1) / 2)
    torch.testing.assert_close(logits.softmax(1)[:, 1:], z.sigmoid())


@pytest.mark.parametrize("name", ["gradient", "gxsi", "deeplift", "guided_backpropagation", "occlusion"])
@pytest.mark.parametrize("form", ["column", "row"])
def test_both_classes_of_one_logit_have_attributions(form, name):
    classifier = classifier_of(Answers(ONE[form], 1), ("no", "yes"))
    no, yes = (attribute(classifier, IMAGE, target, name) for target in ("no", "yes"))
    assert yes.abs().max() > 0
    if name != "guided_backpropagation":  # which keeps positive gradients only
        torch.testing.assert_close(no, -yes)


def test_the_features_before_one_logit_are_those_of_the_network():
    method = METHODS["blackout"]()
    features = compute_features(classifier_of(body(1), ("no", "yes")), IMAGE, MASK, method)
    torch.testing.assert_close(features, compute_features(classifier_of(body()), IMAGE, MASK, method))


@pytest.mark.parametrize("names", [["yes"], list("abcde"), ["a", "b", "c"]])
def test_one_logit_for_other_than_two_names_is_refused(names):
    with pytest.raises(
        ValueError, match=r"gives 1 number for each image but there (is|are) \d category names?; give two"
    ):
        classifier_of(body(1), names)


def test_the_constructor_leaves_the_choice_of_two_classes_to_from_network():
    with pytest.raises(ValueError, match=r"toy gives 1 number .* 2 category names; Classifier\.from_network makes two"):
        Classifier("toy", body(1), ["no", "yes"], (SIDE, SIDE))


# --- refused ---------------------------------------------------------------------------------------------------------

REFUSED = {
    "three names": (lambda y: y[:, :3], "gives 3 numbers for each image but there are 4 category names"),
    "nine numbers": (lambda y: y.repeat(1, 3), "gives 12 numbers for each image but there are 4 category names"),
    "logits of other classes": (lambda y: {"logits": y[:, :2], "loss": y.mean()}, "gives 2 numbers for each image"),
    "negative logarithms": (lambda y: -F.log_softmax(y, 1), "gives negative logarithms of probabilities"),
    "sparse": (torch.Tensor.to_sparse, r"of torch\.float32 in torch\.sparse_coo, which are no logits"),
    "segmentation": (lambda y: y[:, :, None, None].expand(-1, -1, 5, 5), "labels the places of an image"),
    "detection": (
        lambda y: [{"boxes": y[:1].repeat(7, 1), "labels": y.argmax(1)} for _ in y],
        "answers two images with a list with tensors of shape",
    ),
    "classes": (lambda y: y.argmax(1), "int64, which are no logits"),
    "nothing": (lambda y: None, "answers two images with a NoneType without tensors"),
    "two fits": (lambda y: {"main": y, "auxiliary": -y}, "say which with output='main' or 'auxiliary'"),
    "sigmoid of many": (torch.sigmoid, "ends in sigmoid, so several of its 4 classes can be true at once"),
    "log-sigmoid of many": (F.logsigmoid, "ends in sigmoid"),
    "NaN": (lambda y: y * float("nan"), "gives NaN or infinite numbers for images of noise"),
    "softmax over the batch": (lambda y: y.softmax(0), "answers an image differently"),
    "divided by the batch": (lambda y: y / len(y), "answers an image differently"),
    "noise": (lambda y: y + y.std() * torch.randn_like(y), "answers an image differently at each call"),
    "one image only": (lambda y: y.reshape(1, 4), "does not run on 2 images"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_other_answers_are_refused_in_a_sentence(kind):
    form, sentence = REFUSED[kind]
    torch.manual_seed(0)
    with pytest.raises(ValueError, match=sentence) as caught:
        classifier_of(Answers(form))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("output", ["main", "auxiliary"])
def test_an_entry_may_be_named(output):
    network = Answers(lambda y: {"main": y, "auxiliary": -y})
    logits = classifier_of(network, output=output)(IMAGE)
    torch.testing.assert_close(logits, classifier_of(body())(IMAGE) * (1 if output == "main" else -1))
    with pytest.raises(ValueError, match="its entry 'head' holds no logits"):
        classifier_of(network, output="head")


def test_a_refused_network_is_left_as_it_was():
    network = body(3).train()
    network[1].eval()
    with pytest.raises(ValueError, match="gives 3 numbers"):
        classifier_of(network)
    assert network.training
    assert not network[1].training
    assert all(parameter.requires_grad for parameter in network.parameters())
