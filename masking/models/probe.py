"""One look at what a network answers, when it becomes a classifier: which numbers are the logits of which class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from masking.models.answer import (
    LOGITS,
    Form,
    NetworkLogits,
    Path,
    Shape,
    describe_answer,
    grey_layer,
    tensors_in,
)
from masking.models.endings import last_operation
from masking.models.precision import HALF, evaluating, network_device, unwrapped
from masking.models.trial import Trial, first_trial

SAME = 0.01
"""Answers to one image, alone and in a batch, may differ by this share of the largest number."""

SUM_TOLERANCE = 1e-4
"""Probabilities of one image sum to 1 up to this."""

OTHER_NOISE = ((1, 1.0), (2, 10.0), (3, 0.0), (4, 100.0))
"""Seeds and scales of further images, which show whether an answer always consists of probabilities."""

SIGMOIDS = {"sigmoid", "hardsigmoid"}


class Reading(NamedTuple):
    """How logits are read from an answer; the fields are arguments of `NetworkLogits`."""

    path: Path = ()
    single: bool = False
    form: Form = "logits"
    shape: Shape = "rows"
    rounded: bool = False


def logits_network(
    network: nn.Module,
    classes: int,
    size: tuple[int, int],
    name: str,
    normalisation: tuple[list[float], list[float]],
    colours: int = 3,
    output: int | str | None = None,
    *,
    binary: bool = True,
) -> tuple[nn.Module, torch.dtype]:
    """Return a network that gives logits (n, classes), the given one or one around it, and the precision of its images.

    The network runs on noise, in evaluation mode. One image is enough for the architectures of this project and of
    torchvision; others get a batch of two as well.

    Args:
        network: in evaluation mode afterwards; if it is refused, it is left as it was.
        classes: number of categories.
        size: (h, w) of its images.
        name: how errors call it.
        normalisation: mean and std of red, green and blue.
        colours: 3, or 1 if it may take grey images.
        output: which entry of the answer holds the logits, if several could.
        binary: whether one number z for each image is read as the logits −z/2 and z/2 of two classes.

    Raises:
        ValueError: it takes no such images, or its answer is no logit per category; one sentence with the remedy.
    """
    network = unwrapped(network)
    if classes < 1:
        raise ValueError(f"{name} has no category names; give one for each class")
    with evaluating(network):
        trial, first = first_trial(network, size, name, normalisation, colours)
        reading = _reading(trial, first, classes, output, binary=binary)
    grey = grey_layer(network_device(network), trial.dtype) if trial.channels == 1 else None
    if reading == Reading() and grey is None:
        return trial.network, trial.dtype
    return NetworkLogits(trial.network, classes=classes, grey=grey, **reading._asdict()), trial.dtype


def _reading(trial: Trial, first: Any, classes: int, output: int | str | None, *, binary: bool) -> Reading:
    """Find out how logits are read from an answer; `first` is the answer to the first of two images, alone.

    Raises:
        ValueError: it holds no logit per category.
    """
    if _is_known(trial.network) and isinstance(first, Tensor) and _can_only_be_logits(first, classes):
        return Reading()
    both = trial.run(2)
    path = _path(trial.name, both, classes, output)
    alone, batch = dict(tensors_in(first)).get(path), dict(tensors_in(both))[path]
    if alone is None or 2 * alone.numel() != batch.numel():
        raise ValueError(
            f"{trial.name} answers one image with a {describe_answer(first)} but two with a {describe_answer(both)}; "
            f"make it return logits (n, {classes})"
        )
    single = batch.numel() == 2
    if single and classes != 2:
        raise ValueError(_names_for_one(trial.name, classes))
    if single and not binary:
        raise ValueError(
            f"{trial.name} gives 1 number for each image but there are 2 category names; Classifier.from_network makes "
            "two classes of it"
        )
    _check_values(trial, path, alone.reshape(1, -1), batch.reshape(2, -1))
    form = _form(trial, path, batch.reshape(2, -1), single=single)
    return Reading(path, single, form, _shape(alone, batch), batch.dtype in HALF)


def _is_known(network: nn.Module) -> bool:
    return type(network).__module__.startswith(("torchvision.models.", "masking.models."))


def _can_only_be_logits(answer: Tensor, classes: int) -> bool:
    """Return whether an answer to one image has both signs, or is zero as with a fresh head."""
    is_shaped = classes > 1 and answer.shape == (1, classes) and bool(answer.isfinite().all())
    return is_shaped and (bool((answer < 0).any() and (answer > 0).any()) or not answer.any())


def _path(name: str, answer: Any, classes: int, output: int | str | None) -> Path:
    """Return the steps to the logits in the answer to two images; raise ValueError if none or several could be."""
    tensors = dict(tensors_in(answer))
    fitting = [path for path, tensor in tensors.items() if _fits(tensor, classes)]
    if output is not None:
        fitting = [path for path in fitting if path[:1] == (output,)]
        if len(fitting) == 1:
            return fitting[0]
        raise ValueError(
            f"{name} gives a {describe_answer(answer)}; its entry {output!r} holds no logits (n, {classes})"
        )
    exact = [path for path in fitting if tensors[path].numel() > 2]  # one number for each class before one for both
    fitting = exact or fitting
    usual = [path for path in fitting if path in {(), (0,)} or path[-1:] == (LOGITS,)]
    if len(usual) == 1 or len(fitting) == 1:
        return (usual or fitting)[0]
    if fitting:
        entries = " or ".join(dict.fromkeys(repr(path[0]) for path in fitting))
        raise ValueError(
            f"{name} gives a {describe_answer(answer)}, and several of them could be its logits; say which with "
            f"output={entries}"
        )
    raise ValueError(_refusal(name, answer, tensors, classes))


def _fits(tensor: Tensor, classes: int) -> bool:
    """Return whether a tensor holds one number for each class, or one for both, for each of two images."""
    if not tensor.is_floating_point() or tensor.layout != torch.strided or tensor.ndim == 0 or len(tensor) != 2:
        return False
    sides = [side for side in tensor.shape[1:] if side != 1]
    return sides == [classes] or (not sides and classes <= 2)


def _refusal(name: str, answer: Any, tensors: dict[Path, Tensor], classes: int) -> str:
    """Return the sentence about an answer to two images in which nothing fits."""
    made = f"{name} answers two images with a {describe_answer(answer)}"
    remedy = f"make it return logits (n, {classes}), one for each category name"
    named = [tensor for path, tensor in tensors.items() if path[-1:] == (LOGITS,)]
    tensor = named[0] if named else next(iter(tensors.values())) if len(tensors) == 1 else None
    if tensor is None or tensor.ndim == 0 or len(tensor) != 2:
        return f"{made}; {remedy}"
    if not tensor.is_floating_point() or tensor.layout != torch.strided:
        layout = "" if tensor.layout == torch.strided else f" in {tensor.layout}"
        return f"{made} of {tensor.dtype}{layout}, which are no logits; {remedy}"
    if tensor.numel() == 2:
        return _names_for_one(name, classes)
    if tensor.numel() == max(tensor.shape[1:]) * 2:
        numbers = tensor.numel() // 2
        return f"{name} gives {numbers} numbers for each image but {_there_are(classes)}; give one name for each"
    if tensor.ndim == 4:
        return f"{made}, so it labels the places of an image and not the image; average them and {remedy}"
    return f"{made}; {remedy}"


def _there_are(classes: int) -> str:
    return "there is 1 category name" if classes == 1 else f"there are {classes} category names"


def _names_for_one(name: str, classes: int) -> str:
    return f"{name} gives 1 number for each image but {_there_are(classes)}; give two names, the one for 0 first"


def _check_values(trial: Trial, path: Path, alone: Tensor, batch: Tensor) -> None:
    """Check that numbers are finite, and that an image has the same answer alone and in a batch.

    Raises:
        ValueError: they are not; the sentence names the remedy.
    """
    if not (alone.isfinite().all() and batch.isfinite().all()):
        raise ValueError(f"{trial.name} gives NaN or infinite numbers for images of noise; check its weights")
    difference = (alone[0] - batch[0]).abs().max()
    if difference > SAME * batch.abs().max() and not _is_rounding(trial, path, batch, float(difference)):
        raise ValueError(
            f"{trial.name} answers an image differently at each call, or when other images are in its batch; turn off "
            "its dropout and let its batch norms use running statistics"
        )


def _is_rounding(trial: Trial, path: Path, batch: Tensor, difference: float) -> bool:
    """Return whether rounding explains a difference: deep networks with random weights can amplify it without bound.

    An image then has the same answer beside any other one, and a change in its last digits changes it as much.
    """

    def first_answer(images: Tensor) -> Tensor:
        return dict(tensors_in(trial.network(images)))[path].reshape(2, -1)[0]

    beside_itself = first_answer(trial.noise(1).repeat(2, 1, 1, 1))
    nudged = first_answer(trial.noise(2) * (1 + torch.finfo(trial.dtype).eps))
    is_same = (beside_itself - batch[0]).abs().max() <= SAME * batch.abs().max()
    return bool(is_same) and difference <= 10 * float((nudged - batch[0]).abs().max())


def _form(trial: Trial, path: Path, batch: Tensor, *, single: bool) -> Form:
    """Return whether the numbers (2, classes) are probabilities: an operation made them, or they always sum to 1."""
    if not (batch >= 0).all() and not (batch <= 0).all():
        return "logits"

    def values(seed: int = 0, scale: float = 1.0) -> Tensor:
        return dict(tensors_in(trial.run(2, seed, scale)))[path]

    maker = last_operation(values)
    if not single and (maker in SIGMOIDS or maker.startswith("log_sigmoid")) and not _sum_to_1(batch):
        raise ValueError(
            f"{trial.name} ends in sigmoid, so several of its {batch.shape[1]} classes can be true at once; give the "
            "network without it, and softmax shares 100 % among them"
        )
    if not single and not any(map(_sum_to_1, (batch, batch / 100, (-batch).exp()))):
        return "logits"
    several = torch.cat([batch, *(answer.reshape(2, -1) for answer in _answers(values))])
    several = several[several.isfinite().all(1)]
    if single:
        return _form_of_one(trial.name, maker, several)
    varies = bool(several.std(0).max() > 0)
    if _sum_to_1(several) and (maker == "_softmax" or varies):
        return "probabilities"
    if _sum_to_1(several / 100) and varies:
        return "probabilities"  # in percent: their logarithms differ by a constant, which softmax leaves out
    if _sum_to_1((-several).exp()) and varies:
        raise ValueError(f"{trial.name} gives negative logarithms of probabilities; give it without the minus sign")
    return "logits"


def _answers(values: Callable[[int, float], Tensor]) -> Iterator[Tensor]:
    """Yield the answers to further noise; a network need not take images outside of the usual range."""
    for seed, scale in OTHER_NOISE:
        try:
            yield values(seed, scale)
        except ValueError:
            if scale <= 1:
                raise


def _form_of_one(name: str, maker: str, numbers: Tensor) -> Form:
    """Return whether numbers, one for each image, are probabilities of the second of two classes."""
    if maker == "_softmax":
        raise ValueError(f"{name} ends in softmax over 1 number, which is always 1; end it in that number itself")
    if maker.startswith("log_sigmoid"):
        raise ValueError(f"{name} ends in the logarithm of a sigmoid; end it in the sigmoid or in the number itself")
    reaches_an_end = bool(((numbers < 0.01) | (numbers > 0.99)).any()) and bool(numbers.std() > 1e-3)
    is_probable = maker in SIGMOIDS or (_are_within_0_and_1(numbers) and reaches_an_end)
    return "probabilities" if is_probable else "logits"


def _shape(alone: Tensor, batch: Tensor) -> Shape:
    if alone.ndim == batch.ndim == 2:
        return "rows"
    return "maps" if alone.ndim == batch.ndim and alone.shape[1:] == batch.shape[1:] and batch.ndim > 2 else "numbers"


def _are_within_0_and_1(values: Tensor) -> bool:
    return bool(((values >= 0) & (values <= 1 + _tolerance(values))).all())


def _sum_to_1(values: Tensor) -> bool:
    sums = values.double().sum(1)
    return _are_within_0_and_1(values) and bool(((sums - 1).abs() <= _tolerance(values)).all())


def _tolerance(values: Tensor) -> float:
    return max(SUM_TOLERANCE, torch.finfo(values.dtype).eps)
