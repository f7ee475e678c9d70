"""A mask from an attribution: the most or least salient patches are hidden, and Compare shows every method's answer."""

from collections.abc import Mapping

import streamlit as st

from masking.attribution import ATTRIBUTIONS, AttributionMasks
from masking.masks.mask import Mask
from masking.masks.shares import share_text
from masking.results.hatching import hatched
from pages.attribution.request import FilmRequest
from pages.components.cards import picture_tag
from pages.mask_editor.editor import open_editor
from pages.mask_editor.tools import LARGEST_PATCH, change
from pages.pickers import classifier, picture
from pages.shell import frame, links
from pages.shell.errors import show_errors

COMPARE = "pages/1_Compare.py"
SHARE, ORDER, PATCH, BY = "removed", "order", "removed-patch", "order-by"
SEED = 0
TIES = "Patches of equal attribution are hidden in a random but fixed order."
ORDERS = {"most": "Most salient first", "least": "Least salient first"}


def send_to_compare(request: FilmRequest, masks: Mapping[str, AttributionMasks], step: int) -> None:
    """Show controls, preview, and the button that takes the mask to Compare."""
    names, size = list(masks), request.classifier.input_size
    side = max(1, min(16, min(size) // 8))
    links.url_number(SHARE, 30, 0, 100)
    links.url_choice_or_default(PATCH, range(1, LARGEST_PATCH + 1), side, "patch")
    links.url_choice(ORDER, list(ORDERS), "most", "order of removal")
    links.url_choice(BY, names, names[0], "attribution to order by", ATTRIBUTIONS.renamed)
    st.subheader("Hide patches in the order of this attribution", anchor=False)
    if not masks[names[0]].iterations:
        st.info("There is no attribution without an iteration; set Iterations to 1 or more.", icon=":material/info:")
        return
    with st.container(horizontal=True, gap="large", vertical_alignment="center", key="to-compare-panel"):
        preview = st.container(width=200)
        with st.container():
            _draw_pickers(names)
            with show_errors():
                order = ORDERS[st.session_state[ORDER]].split()[0].lower()
                mask = _make_mask(masks[st.session_state[BY]], step)
                alt = f"the picture with the {order} salient patches hidden"
                preview.html(f"<div class='mx-card'>{picture_tag(hatched(request.image, mask), alt)}</div>")
                source = "the whole picture" if step <= 1 else f"the picture at iteration {step - 1}"
                st.caption(
                    f"Patches are ordered by the attribution of {source}; {share_text(mask.hidden_share)} of the "
                    f"picture is hidden. {TIES}"
                )
                if st.button("Open in Compare", icon=":material/arrow_forward:", type="primary", key="to-compare"):
                    open_editor(request.classifier)
                    change(lambda _: mask)
                    for key in (picture.KEY, classifier.KEY):  # Compare begins with others
                        links.remember_choice(key)
                    frame.go(COMPARE)


def _draw_pickers(names: list[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="to-compare-row"):
        if len(names) > 1:
            st.selectbox(
                "Attribution", names, key=BY, persist_state="session", width=240,
                format_func=lambda name: ATTRIBUTIONS[name].title,
            )  # fmt: skip
        st.segmented_control(
            "Hide", list(ORDERS), format_func=ORDERS.__getitem__, key=ORDER, required=True, persist_state="session"
        )
        st.slider("Hidden share (%)", 0, 100, step=5, key=SHARE, persist_state="session", width=220)
        st.number_input(
            "Patch (pixels)", 1, LARGEST_PATCH, key=PATCH, persist_state="session", width=130,
            on_change=links.remember_choice, args=(PATCH,),
        )  # fmt: skip
    for key, default in ((SHARE, 30), (ORDER, "most"), (BY, names[0])):
        links.write_to_url(key, default)


def _make_mask(masks: AttributionMasks, step: int) -> Mask:
    """Return the mask that hides patches by the attribution that made the mask of the current step."""
    state = st.session_state
    patch = min(state[PATCH], *masks.image.shape[2:])
    heat = masks.heat(max(step, 1) - 1)
    return Mask.by_heat(heat, state[SHARE] / 100, state[ORDER] == "most", patch, ties=SEED)
