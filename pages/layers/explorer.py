"""One layer of a trace after the other: choose, step, play; a channel of it; and the whole depth below."""

import time
from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from masking.layer_trace import Layer, LayerTrace, LayerView, view_layer
from masking.masks.mask import Mask
from masking.masks.shares import share_text
from masking.models.classifier import Classifier
from pages.components.charts import CONFIG
from pages.components.exports import show_downloads, show_link
from pages.layers.cards import MEAN, show_layer
from pages.layers.depth import MEASURES, depth_figure
from pages.shell import links
from pages.shell.jobs import jobs, run_in_background

LAYER, CHANNEL, PLAY, MEASURE = "layer", "channel", "play", "measure"
MORE = "more-numbers"
STEP_SECONDS = 1.2
_SHOWN_SINCE, _IS_PENDING = "layer_since", "channel_pending"


@dataclass(frozen=True, eq=False)
class TracedPicture:
    """A trace with what it was made of; `key` is that of its job."""

    trace: LayerTrace
    classifier: Classifier
    image: Tensor
    mask: Mask
    key: str


def explore(traced: TracedPicture) -> None:
    """Draw the chosen layer, with everything to choose another; this part of the page plays by itself."""
    layers = {layer.name: layer for layer in traced.trace.layers}
    order = list(layers)
    first = order[1]  # behind the picture itself
    links.url_flag(PLAY)
    is_playing: bool = st.session_state[PLAY]

    @st.fragment(run_every=STEP_SECONDS if is_playing else None)
    def watch() -> None:
        links.url_choice(LAYER, order, first, "layer")
        if st.session_state[PLAY]:
            _advance(order)
        layer = _pick_layer(layers)
        view, channel = _view(layer, traced)
        if view is not None:
            is_detailed = st.session_state.get(MORE, False)
            show_layer(layer, view, traced.image, traced.mask, traced.trace.fill, channel, is_detailed)
        st.toggle("More numbers", key=MORE, persist_state="session", help="Means, spreads and sizes of this layer")
        _show_depth(traced.trace, order.index(layer.name))
        if not st.session_state[PLAY]:  # else every step would be one in the browser's history
            links.write_to_url(LAYER, first)
        links.write_to_url(PLAY, False)
        _show_exports(traced.trace)
        if st.session_state[PLAY] != is_playing:
            st.rerun()

    watch()


def _advance(order: list[str]) -> None:
    """While playing, go to the next layer once its time has come; stop at the last."""
    state = st.session_state
    waited = time.monotonic() - state.setdefault(_SHOWN_SINCE, time.monotonic())
    if waited < 0.8 * STEP_SECONDS or state.get(_IS_PENDING):
        return
    _step(order, 1)
    if state[LAYER] == order[-1]:
        state[PLAY] = False


def _step(order: list[str], by: int) -> None:
    position = order.index(st.session_state[LAYER]) + by
    st.session_state[LAYER] = order[min(max(position, 0), len(order) - 1)]
    _note_choice()


def _note_choice() -> None:
    """Note that a layer has just been chosen: it stays for a while, also when playing."""
    st.session_state[_SHOWN_SINCE] = time.monotonic()


def _start_playing(order: list[str]) -> None:
    """Begin at the first layer if Play was pressed at the last."""
    if st.session_state[PLAY] and st.session_state[LAYER] == order[-1]:
        st.session_state[LAYER] = order[0]
    _note_choice()


def _pick_layer(layers: dict[str, Layer]) -> Layer:
    """Draw the row of pickers and return the chosen layer."""
    order = list(layers)
    position = order.index(st.session_state[LAYER])
    with st.container(horizontal=True, vertical_alignment="bottom", wrap=False, gap="small", key="layer-row"):
        st.button(
            "Back",
            help="The layer before",
            key="layer-back",
            on_click=_step,
            args=[order, -1],
            disabled=position == 0,
        )
        name = st.selectbox(
            f"Layer {position + 1} of {len(order)}",
            order,
            key=LAYER,
            persist_state="session",
            on_change=_note_choice,
            format_func=lambda name: _title(layers[name]),
        )
        st.button(
            "Next",
            help="The next layer",
            key="layer-on",
            on_click=_step,
            args=[order, 1],
            disabled=position == len(order) - 1,
        )
        st.toggle("Play", key=PLAY, on_change=_start_playing, args=[order], help="Goes through the layers by itself")
        channels = [MEAN, *map(str, range(layers[name].channels))]
        links.url_choice(CHANNEL, channels, MEAN, "channel")
        st.selectbox(
            "Channel",
            channels,
            key=CHANNEL,
            persist_state="session",
            width=150,
            format_func=lambda channel: "Mean of all" if channel == MEAN else f"Channel {channel}",
        )
        links.write_to_url(CHANNEL, MEAN)
    return layers[name]


def _title(layer: Layer) -> str:
    rows, columns = layer.view.size
    size = f"{rows}×{columns}, {share_text(layer.view.visible_share, 0)} visible" if layer.view.is_map else "one cell"
    return f"{layer.name} · {layer.kind} · {size}"


def _view(layer: Layer, traced: TracedPicture) -> tuple[LayerView | None, str]:
    """Return what to show of the layer, and its channel: the mean over all, or the chosen one, computed in a job."""
    state = st.session_state
    channel: str = state[CHANNEL]
    state[_IS_PENDING] = False
    if channel == MEAN:
        return layer.view, MEAN
    key = f"{traced.key} {layer.name} {channel}"
    view = run_in_background(
        key,
        f"Channel {channel}",
        lambda _: view_layer(traced.classifier, traced.image, traced.mask, layer.name, int(channel), traced.trace.fill),
    )
    job = jobs().get(key)
    state[_IS_PENDING] = job is not None and not job.finished
    return view, channel


def _show_depth(trace: LayerTrace, position: int) -> None:
    """Draw all layers in one chart."""
    left, right = st.columns([2, 3], vertical_alignment="center")
    left.subheader("Over the depth", anchor=False)
    measure = right.segmented_control(
        "Compare the runs by",
        list(MEASURES),
        default="distance",
        required=True,
        key=MEASURE,
        format_func=lambda name: MEASURES[name].title,
        persist_state="session",
        label_visibility="collapsed",
    )
    figure = depth_figure(trace, position, MEASURES[measure])
    alt = "Visible share, and how far each run is off, by layer"
    st.plotly_chart(figure, config=CONFIG, key="depth-chart", alt=alt)
    st.caption(MEASURES[measure].meaning)


def _show_exports(trace: LayerTrace) -> None:
    with st.container(horizontal=True):
        show_link("picture, classifier, fill, mask, layer and channel")
        show_downloads([("CSV", trace.to_csv, "layers.csv", "text/csv")])
