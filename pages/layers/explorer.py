"""One layer of a trace after the other: choose, step, play; a channel of it."""

from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from masking.layer_trace import PLAIN, Layer, LayerTrace, LayerView, view_layer
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from pages.components.exports import file_name, show_downloads, show_link
from pages.layers.cards import MEAN, show_layer
from pages.layers.player import (
    PLAY,
    choose_layer,
    current_layer,
    is_playing,
    keep_time,
    start_or_stop,
    step,
    step_number,
)
from pages.shell import links
from pages.shell.jobs import jobs, run_in_background

CHANNEL = "channel"
MORE = "more-numbers"


@dataclass(frozen=True, eq=False)
class TracedPicture:
    """A trace with what it was made of; `key` is that of its job."""

    trace: LayerTrace
    classifier: Classifier
    image: Tensor
    mask: Mask
    key: str


def explore(traced: TracedPicture, title: str) -> str:
    """Draw the chosen layer, with everything to choose another. Returns its name.

    `title` is the picture's, for the names of files.
    """
    layers = {layer.name: layer for layer in traced.trace.layers}
    order = list(layers)
    links.url_flag(PLAY)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="layer-row"):
        layer = _pick_layer(layers)
        _pick_channel(layer)
    view, channel, is_pending = _view(layer, traced)
    if view is not None:
        is_detailed = st.session_state.get(MORE, False)
        show_layer(layer, view, traced.image, traced.mask, traced.trace.fill, channel, is_detailed)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="layer-steps"):
        _show_steps(order, layer.name)
        _show_exports(traced, title)
    links.write_to_url(PLAY, False)
    if is_playing() and not is_pending:
        keep_time(order)
    return layer.name


def _pick_layer(layers: dict[str, Layer]) -> Layer:
    """Draw the picker of layers and return the layer to show."""
    order = list(layers)
    name = current_layer(order)
    key = f"layer-{step_number()}"  # a new box for each step: what the browser still holds of the last one is too late

    def choose() -> None:
        choose_layer(st.session_state[key])

    st.selectbox(
        "Layer", order, index=order.index(name), key=key, on_change=choose,
        format_func=lambda each: _title(layers[each]),
    )  # fmt: skip
    return layers[name]


def _pick_channel(layer: Layer) -> None:
    """Draw the picker of channels. A chosen channel that this layer lacks is remembered for one that has it."""
    channels = [MEAN, *map(str, range(layer.channels))]
    links.url_choice_or_default(CHANNEL, channels, MEAN, "channel")
    st.selectbox(
        "Channel", channels, key=CHANNEL, persist_state="session", width=150, on_change=links.remember_choice,
        args=[CHANNEL], format_func=lambda channel: "Mean of all" if channel == MEAN else f"Channel {channel}",
    )  # fmt: skip


def _show_steps(order: list[str], name: str) -> None:
    """Draw the buttons that go through the layers, and where among them this one is."""
    position = order.index(name)
    st.button(
        "Back", help="The layer before", key="layer-back", on_click=step, args=[order, -1], disabled=position == 0
    )
    st.button(
        "Next", help="The next layer", key="layer-on", on_click=step, args=[order, 1],
        disabled=position == len(order) - 1,
    )  # fmt: skip
    st.toggle("Play", key=PLAY, on_change=start_or_stop, args=[order], help="Goes through the layers by itself")
    st.html(f"<p class='mx-position' role='status'>Layer {position + 1} of {len(order)}</p>", width="content")


def _title(layer: Layer) -> str:
    """Return a layer's label. It does not depend on the mask, or another mask would reset the choice."""
    rows, columns = layer.view.size
    size = f"{rows}×{columns}" if layer.view.is_map else "one cell"
    return f"{layer.name} · {layer.kind} · {size}"


def _view(layer: Layer, traced: TracedPicture) -> tuple[LayerView | None, str, bool]:
    """Return what to show of the layer, its channel, and whether that is still being computed.

    The mean over all channels is there already; a single channel is computed in a job.
    """
    channel: str = st.session_state[CHANNEL]
    if channel == MEAN:
        return layer.view, MEAN, False
    key = f"{traced.key} {layer.name} {channel}"
    view = run_in_background(
        key,
        f"Channel {channel}",
        lambda _: view_layer(traced.classifier, traced.image, traced.mask, layer.name, int(channel), traced.trace.fill),
        "channel-view",
    )
    job = jobs().get(key, "channel-view")
    return view, channel, job is not None and not job.finished


def _show_exports(traced: TracedPicture, title: str) -> None:
    trace = traced.trace
    st.toggle("More numbers", key=MORE, persist_state="session", help="Means, spreads and sizes of this layer")
    show_link("picture, classifier, fill, mask, layer and channel")
    name = file_name("layers", title, trace.answers[PLAIN].name, trace.fill, ending="csv")
    show_downloads([("CSV", trace.to_csv, name, "text/csv")])
