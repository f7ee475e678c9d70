"""From an attribution to a mask: the hottest or coldest patches go first, and Compare shows what every method says."""

from collections.abc import Mapping

import streamlit as st

from masking.attribution import ATTRIBUTIONS, AttributionMasks
from masking.masks.mask import Mask
from masking.results.hatching import hatched
from pages.attribution.request import FilmRequest
from pages.components.cards import picture_tag
from pages.mask_editor.editor import open_editor
from pages.mask_editor.tools import LARGEST_PATCH, change
from pages.shell import frame, links
from pages.shell.errors import show_errors

COMPARE = "pages/1_Compare.py"
SHARE, ORDER, PATCH, BY = "removed", "order", "removed-patch", "order-by"
SEED = 0
LOTS = "Patches of equal heat go in an order drawn by lot, always the same."
ORDERS = {"most": "Most salient first", "least": "Least salient first"}


def send_to_compare(asked: FilmRequest, found: Mapping[str, AttributionMasks], step: int) -> None:
    """Controls, preview, and the button that takes the mask to Compare."""
    names, size = list(found), asked.classifier.input_size
    side = max(1, min(16, min(size) // 8))
    links.url_number(SHARE, 30, 0, 100)
    links.url_choice_or_default(PATCH, range(1, LARGEST_PATCH + 1), side, "patch")
    links.url_choice(ORDER, list(ORDERS), "most", "order of removal")
    links.url_choice(BY, names, names[0], "attribution to order by")
    st.subheader("Order removal by this attribution", anchor=False)
    if not found[names[0]].iterations:
        st.info("Without an iteration there is no attribution to order by; ask for 1 or more.", icon=":material/info:")
        return
    with st.container(horizontal=True, gap="large", vertical_alignment="center", key="bridge"):
        preview = st.container(width=200)
        with st.container():
            with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="bridge-row"):
                if len(names) > 1:
                    st.selectbox(
                        "By", names, key=BY, persist_state="session", width=240,
                        format_func=lambda name: ATTRIBUTIONS[name].title,
                    )  # fmt: skip
                st.segmented_control(
                    "Hide", list(ORDERS), format_func=ORDERS.get, key=ORDER, required=True, persist_state="session"
                )
                st.slider("Hidden share (%)", 0, 100, step=5, key=SHARE, persist_state="session", width=220)
                st.number_input(
                    "Patch (pixels)", 1, LARGEST_PATCH, key=PATCH, persist_state="session", width=130,
                    on_change=links.remember_choice, args=(PATCH,),
                )  # fmt: skip
            for key, default in ((SHARE, 30), (ORDER, "most"), (BY, names[0])):
                links.write_to_url(key, default)
            with show_errors():
                mask = _mask(found[st.session_state[BY]], step)
                alt = (
                    f"the picture with the {ORDERS[st.session_state[ORDER]].split()[0].lower()} salient patches hidden"
                )
                preview.html(f"<div class='mx-card'>{picture_tag(hatched(asked.image, mask), alt)}</div>")
                which = "the whole picture" if step <= 1 else f"the picture at iteration {step - 1}"
                st.caption(
                    f"Patches are ordered by the attribution of {which}; {mask.hidden_share:.1%} are hidden. {LOTS}"
                )
                if st.button("Open in Compare", icon=":material/arrow_forward:", type="primary", key="to-compare"):
                    open_editor(asked.classifier)
                    change(lambda _: mask)
                    frame.go(COMPARE)


def _mask(found: AttributionMasks, step: int) -> Mask:
    """What to hide, by the attribution that made the mask of the shown step."""
    state = st.session_state
    patch = min(state[PATCH], *found.image.shape[2:])
    heat = found.heat(max(step, 1) - 1)
    return Mask.by_heat(heat, state[SHARE] / 100, state[ORDER] == "most", patch, ties=SEED)
