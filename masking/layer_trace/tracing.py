"""Tracing: one batch of four images runs through the network, and each operation's result is summarised."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from masking.layer_trace.layer_view import MASKED, LayerView, summarise_layer
from masking.layer_trace.trace import Layer, LayerTrace
from masking.layers import Masked, layer_masked
from masking.layers.reach import reaches
from masking.layers.steps import Step, image_nodes
from masking.layers.survey import computes, kind, names
from masking.masks.mask import Mask
from masking.methods import METHODS, Fill
from masking.methods.method import align
from masking.models.class_groups import class_name, is_class
from masking.models.classifier import Classifier
from masking.models.input_checks import check_values

NOTHING = 3
"""The index of a fourth image, all hidden: its mask lasts through the network and marks rows and columns."""
INPUT = "input"
"""The name of the first layer, the normalised image."""


def refusal(classifier: Classifier) -> str | None:
    """Return None, or one sentence that says why this classifier cannot be traced."""
    return METHODS["layer_masking"]().supports(classifier)


def trace_layers(
    classifier: Classifier,
    image: Tensor,
    mask: Mask,
    fill: str = "greyout",
    on_step: Callable[[float], None] | None = None,
    known_object: Mask | None = None,
    object_class: str | None = None,
) -> LayerTrace:
    """Run an image through a network plain, filled and layer-masked at once, and summarise every layer.

    Args:
        classifier: convolutional; it is left unchanged.
        image: one image (1, 3, h, w) in [0, 1].
        mask: one mask of its size.
        fill: name of the fill to compare with layer masking.
        on_step: called with the share done, 0 … 1; it may raise to cancel.
        known_object: hides the picture's object exactly, where that is known; then the sentence gives verdicts.
        object_class: name of the object's class, as for `compare`: if the network names another class for the whole
            picture, the object counts as unknown.

    Raises:
        ValueError: the network cannot be traced, or the shapes do not fit.
        KeyError: no such fill.
    """
    batch = TraceBatch(classifier, image, mask, fill)
    steps = batch.steps
    views = {batch.image.name: (len(batch.normalised[0]), summarise_layer(*batch.entering))}
    sizes, weights = {batch.image.name: mask.size}, dict[str, tuple[int, int]]()

    def watch(step: Step, position: int, result: Any) -> None:
        if on_step is not None:
            on_step(position / len(steps))
        name = step.node.name
        if isinstance(result, Tensor) and step.node not in batch.image_nodes:
            weights[name] = (result.shape[-2], result.shape[-1]) if result.ndim == 4 else (1, 1)
        elif (cells := _cells(result)) is not None:
            sizes[name] = (cells[0].shape[2], cells[0].shape[3])
            if computes(step):
                views[name] = cells[0].shape[1], summarise_layer(*cells)

    logits = batch.run(watch)
    fields = reaches(steps, sizes, weights)
    layers = [
        Layer(
            name=title,
            kind=kind(operation),
            channels=views[name][0],
            reach=fields[name],
            view=views[name][1],
        )
        for name, (title, operation) in batch.titles.items()
        if name in views and name in fields
    ]
    predicted: list[int] = logits[:NOTHING].argmax(1).tolist()
    if object_class is not None and not is_class(predicted[0], object_class, classifier.categories):
        known_object = None
    plain, filled, masked = (class_name(index, classifier.categories) for index in predicted)
    return LayerTrace(
        layers=tuple(layers),
        fill=fill,
        hidden_share=mask.hidden_share,
        answers=(plain, filled, masked),
        object_visible=None if known_object is None else mask.visible_share_of(known_object),
    )


def view_layer(
    classifier: Classifier, image: Tensor, mask: Mask, layer: str, channel: int, fill: str = "greyout"
) -> LayerView:
    """Compute the view of one channel of one layer; traces do not keep single channels.

    Args:
        classifier: as for `trace_layers`.
        image: as for `trace_layers`.
        mask: as for `trace_layers`.
        layer: name of the layer.
        channel: number of the channel, from 0.
        fill: as for `trace_layers`.

    Raises:
        ValueError: as for `trace_layers`, or there is no such layer or channel.
    """
    batch = TraceBatch(classifier, image, mask, fill)
    if layer == INPUT:
        return _channel(*batch.entering, layer, channel)
    node_name = next((name for name, (title, _) in batch.titles.items() if title == layer), None)

    def watch(step: Step, position: int, result: Any) -> None:
        del position
        if step.node.name == node_name and (cells := _cells(result)) is not None:
            raise _LayerReached(_channel(*cells, layer, channel))

    try:
        batch.run(watch)
    except _LayerReached as reached:
        return reached.args[0]
    raise ValueError(f"there is no layer {layer!r} in {classifier.name}")


class _LayerReached(Exception):  # noqa: N818
    """Ends a trace early, with the view of the layer."""


class TraceBatch:
    """The four images of a trace with their masks, and the steps of the network."""

    def __init__(self, classifier: Classifier, image: Tensor, mask: Mask, fill: str) -> None:
        if reason := refusal(classifier):
            raise ValueError(reason)
        method = METHODS[fill]()
        if not isinstance(method, Fill):
            raise ValueError(f"{fill} paints nothing; choose a fill, such as greyout")  # noqa: TRY004 - a wrong name
        image, mask = align(image.to(classifier.device), mask.to(classifier.device))
        if len(image) != 1:
            raise ValueError(f"a layer trace takes one image and one mask, not {len(image)}")
        check_values(image)
        whole, none = torch.ones_like(mask.keep), torch.zeros_like(mask.keep)
        self._classifier = classifier
        with torch.no_grad():
            painted = method.fill(image, mask, classifier)
            self.normalised = classifier.normalise(torch.cat([image, painted, image, image]))
        self._keep = torch.cat([whole, whole, mask.keep, none])
        self._engine = layer_masked(classifier.network, size=classifier.input_size)
        self.steps = self._engine.steps(self.normalised)
        self.image_nodes = image_nodes(self.steps)
        self.image = self.steps[0].node
        self.titles = _titles(self.steps)

    @property
    def entering(self) -> tuple[Tensor, Tensor]:
        """The activations and visible cells that enter the network, as from `_cells`."""
        return self.normalised[:NOTHING], self._keep[MASKED, 0]

    def run(self, watch: Callable[[Step, int, Any], None]) -> Tensor:
        """Compute the logits of all four; `watch` is called with every step, its position and its result."""
        order = {step.node.name: (step, position) for position, step in enumerate(self.steps)}
        try:
            with torch.no_grad():
                return self._engine(self.normalised, self._keep, lambda name, result: watch(*order[name], result))
        except NotImplementedError as error:
            raise ValueError(f"layer masking cannot run {self._classifier.name}: {error}") from None


def _titles(steps: tuple[Step, ...]) -> Mapping[str, tuple[str, Any]]:
    """Return the readable name and the operation of every step, by the name of its node."""
    readable = names(steps)
    image = steps[0].node.name
    return {
        step.node.name: (INPUT, "normalised picture")
        if step.node.name == image
        else (readable[step.node.name], step.operation)
        for step in steps
    }


def _cells(result: Any) -> tuple[Tensor, Tensor] | None:
    """Return activations (3, c, h, w) and the masked run's visible cells (h, w); None if it has neither."""
    if isinstance(result, Masked):
        if not result.is_map:
            return None
        values, keep = result.as_images(), result.keep.cells[MASKED, 0]
    elif isinstance(result, Tensor) and result.is_floating_point() and result.shape[:1] == (NOTHING + 1,):
        values = result.flatten(1)[..., None, None]  # if there were cells, the fourth image would have a mask
        keep = torch.ones(1, 1, dtype=torch.bool, device=values.device)
    else:
        return None
    return values[:NOTHING], keep


def _channel(values: Tensor, keep: Tensor, layer: str, channel: int) -> LayerView:
    if not 0 <= channel < values.shape[1]:
        raise ValueError(f"{layer} has no channel {channel}; they go from 0 to {values.shape[1] - 1}")
    return summarise_layer(values[:, channel : channel + 1], keep)
