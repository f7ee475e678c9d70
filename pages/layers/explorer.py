"""One layer of a walk after the other: choose, step, play; a channel of it; and the whole depth below."""

import time
from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from masking.layer_trace import Layer, LayerTrace, LayerView, view_layer
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from pages.compare.figures import CONFIG
from pages.compare.page import PATIENCE_SECONDS
from pages.layers.cards import MEAN, show_layer
from pages.layers.depth import MEASURES, depth_figure
from pages.shell import links
from pages.shell.errors import as_sentence
from pages.shell.jobs import jobs, show_failure, show_progress

LAYER, CHANNEL, PLAY, MEASURE = "layer", "channel", "play", "measure"
STEP_SECONDS = 1.2


@dataclass(frozen=True, eq=False)
class Walked:
    """A walk with what it was made of; `asked` is its key among the jobs."""

    walk: LayerTrace
    classifier: Classifier
    image: Tensor
    mask: Mask
    asked: str


def explore(walked: Walked) -> None:
    """The chosen layer, with everything to choose another; a part of the page that plays by itself."""
    layers = {layer.name: layer for layer in walked.walk.layers}
    order = list(layers)
    first = order[1]  # behind the picture itself
    links.url_flag(PLAY)
    playing: bool = st.session_state[PLAY]

    @st.fragment(run_every=STEP_SECONDS if playing else None)
    def watch() -> None:
        links.url_choice(LAYER, order, first, "layer")
        if st.session_state[PLAY]:
            _tick(order)
        layer = _controls(layers)
        look, channel = _look(layer, walked)
        if look is not None:
            show_layer(layer, look, walked.image, walked.mask, walked.walk.fill, channel)
        _depth(walked.walk, order.index(layer.name))
        if not st.session_state[PLAY]:  # or every report_forward_passes would be a step back in the browser's history
            links.write_to_url(LAYER, first)
        links.write_to_url(PLAY, False)
        _exports(walked.walk)
        if st.session_state[PLAY] != playing:
            st.rerun()

    watch()


def _tick(order: list[str]) -> None:
    """While playing: the next layer once its time has come; stops at the last."""
    state = st.session_state
    waited = time.monotonic() - state.setdefault("layer_since", time.monotonic())
    if waited < 0.8 * STEP_SECONDS or state.get("look_pending"):
        return
    _step(order, 1)
    if state[LAYER] == order[-1]:
        state[PLAY] = False


def _step(order: list[str], by: int) -> None:
    place = order.index(st.session_state[LAYER]) + by
    st.session_state[LAYER] = order[min(max(place, 0), len(order) - 1)]
    _chosen()


def _chosen() -> None:
    """A layer was just chosen: it stays for a while, also when playing."""
    st.session_state["layer_since"] = time.monotonic()


def _played(order: list[str]) -> None:
    """Play was pressed: from the start when it stands at the end."""
    if st.session_state[PLAY] and st.session_state[LAYER] == order[-1]:
        st.session_state[LAYER] = order[0]
    _chosen()


def _controls(layers: dict[str, Layer]) -> Layer:
    """The row of pickers; the chosen layer."""
    order = list(layers)
    place = order.index(st.session_state[LAYER])
    with st.container(horizontal=True, vertical_alignment="bottom", wrap=False, gap="small", key="layer-row"):
        st.button(
            "Back",
            help="The layer before",
            key="layer-back",
            on_click=_step,
            args=[order, -1],
            disabled=place == 0,
        )
        name = st.selectbox(
            f"Layer {place + 1} of {len(order)}",
            order,
            key=LAYER,
            persist_state="session",
            on_change=_chosen,
            format_func=lambda name: _title(layers[name]),
        )
        st.button(
            "Next",
            help="The next layer",
            key="layer-on",
            on_click=_step,
            args=[order, 1],
            disabled=place == len(order) - 1,
        )
        st.toggle("Play", key=PLAY, on_change=_played, args=[order], help="Steps through the depth by itself")
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
    rows, columns = layer.look.size
    where = f"{rows}×{columns}, {layer.look.visible_share:.0%} visible" if layer.look.is_map else "one cell"
    return f"{layer.name} · {layer.kind} · {where}"


def _look(layer: Layer, walked: Walked) -> tuple[LayerView | None, str]:
    """What to show of the layer, and its channel: all at once, or the chosen one, computed in a job."""
    state = st.session_state
    channel: str = state[CHANNEL]
    state["look_pending"] = False
    if channel == MEAN:
        return layer.look, MEAN
    asked = f"{walked.asked} {layer.name} {channel}"
    job = jobs().start(
        asked,
        f"Channel {channel}",
        lambda _: view_layer(walked.classifier, walked.image, walked.mask, layer.name, int(channel), walked.walk.fill),
    )
    job.wait(PATIENCE_SECONDS)
    state["look_pending"] = not job.finished
    if not job.finished:
        show_progress(job, "looking")
    elif job.error:
        show_failure(as_sentence(job.error), asked, "looking")
    return job.result, channel


def _depth(walk: LayerTrace, place: int) -> None:
    """All layers in one chart."""
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
    figure = depth_figure(walk, place, MEASURES[measure])
    st.plotly_chart(
        figure, config=CONFIG, key="depth-chart", alt="Visible share and distance to the plain run by layer"
    )
    st.caption(MEASURES[measure].meaning)


def _exports(walk: LayerTrace) -> None:
    with st.container(horizontal=True):
        with st.popover("Copy link", icon=":material/link:"):
            st.caption("Restores picture, classifier, fill, mask, layer and channel.")
            st.code(links.page_address(), language=None, wrap_lines=True)
        st.download_button(
            "CSV",
            walk.to_csv,
            "layers.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="download-layers",
        )
