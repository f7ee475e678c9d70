"""The picker of masking methods, with their parameters."""

from collections.abc import Iterable
from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from masking.inference.predict import USUAL_METHODS
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.models.family import Family
from masking.registry.params import params
from masking.registry.parsing import parse_entry, split_entries
from pages.components.forms import draw_form
from pages.components.method_names import option_title
from pages.pickers.calibration import fitted_words, is_calibrated, show_calibrations, word_of
from pages.shell import links
from pages.shell.errors import as_sentence

KEY = "methods"
FAMILIES: dict[Family, str] = {"cnn": "convolutional networks", "vit": "vision transformers"}
_PICKER = "shown-methods"
"""The widget holds the methods that this classifier can run; the choice under `KEY` keeps the others for the next."""


def fold_methods() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Draw the button that unfolds what is chosen once and for all; return the places for methods and device."""
    door = st.popover(
        "Methods", icon=":material/tune:", width="stretch", key="methods-door",
        help="Masking methods with their settings, and the device",
    )  # fmt: skip
    return door.container(), door.container()


def pick_methods(classifier: Classifier, container: DeltaGenerator) -> dict[str, Method]:
    """Draw the picker in a place of `fold_methods`; return the chosen methods by the word that names each.

    The word is the method's name, and its form holds its parameters. To have a method twice, users type a word that
    carries parameters, such as `greyout:grey=middle`; links may hold such words too.

    Methods that cannot run on the classifier are not offered. The page says why for those that were chosen; the
    settings say it for the others.
    """
    links.url_choices(KEY, [*METHODS, *_linked_words()], list(USUAL_METHODS), "masking methods")
    remembered: list[str] = st.session_state[KEY]
    links.write_to_url(KEY, list(USUAL_METHODS))
    reasons = {word: _reason(word, classifier) for word in [*METHODS, *remembered]}
    refused = {word for word in remembered if not _is_word(word)}  # they stay in the picker, to be removed there
    possible = [word for word, reason in reasons.items() if reason is None or word in refused]
    possible = list(dict.fromkeys([*possible, *fitted_words(classifier)]))
    st.session_state[_PICKER] = [word for word in remembered if word in possible]

    def remember() -> None:
        impossible = [word for word in remembered if word not in possible]  # they return with another classifier
        st.session_state[KEY] = [*st.session_state[_PICKER], *impossible]

    words = container.multiselect(
        "Masking methods",
        possible,
        format_func=option_title,
        key=_PICKER,
        on_change=remember,
        accept_new_options=True,
        help="Which ways of hiding pixels to compare. To have a method twice, type it with a parameter of its own: "
        "greyout:grey=middle",
    )
    for word in remembered:
        if (reason := reasons[word]) is not None:
            _show_reason(as_sentence(reason), word in refused)
    with container:
        methods = _set_parameters(word for word in words if word not in refused)
        for name, kind in METHODS.items():
            if (reason := reasons[name]) is not None and name not in remembered:
                _show_not_offered(kind, classifier, as_sentence(reason))
    if calibrated := list(filter(is_calibrated, methods.values())):
        show_calibrations(classifier, calibrated)
    return {word: method for word, method in methods.items() if method.supports(classifier) is None}


def _linked_words() -> list[str]:
    """Return the entries of the link that carry parameters and name a method."""
    return [word for word in split_entries(st.query_params.get(KEY, "")) if ":" in word and _is_word(word)]


def _is_word(word: str) -> bool:
    with suppress(ValueError, KeyError):
        return bool(parse_entry(METHODS, word))
    return False


def _reason(word: str, classifier: Classifier) -> str | None:
    """Return why a word names no method that can run on the classifier; None if it does, or if it could be fitted."""
    try:
        method = parse_entry(METHODS, word)
        return (method.base if is_calibrated(method) else method).supports(classifier)
    except (ValueError, KeyError) as error:
        return str(error.args[-1])


def _show_reason(reason: str, is_wrong: bool) -> None:
    """Say on the page why a chosen method is missing: a word that is wrong, or a network that cannot run it."""
    if is_wrong:
        st.error(reason, icon=":material/error:")
    else:
        st.caption(reason)


def _show_not_offered(kind: type[Method], classifier: Classifier, reason: str) -> None:
    """Name a method in grey that cannot run on the classifier: for which networks it is, or why not."""
    is_for_others = kind.family is not None and kind.family != classifier.family
    why = f"({FAMILIES[kind.family]} only)" if is_for_others and kind.family else f"is not offered. {reason}"
    st.caption(f"{kind.title} {why}", help=reason if is_for_others else None)


def _set_parameters(words: Iterable[str]) -> dict[str, Method]:
    """Return the methods with the parameters that their words or their forms hold."""
    methods: dict[str, Method] = {}
    has_form = False
    for word in words:
        if ":" in word:
            method = parse_entry(METHODS, word)
        else:
            kind = METHODS[word]
            if params(kind):
                has_form = True
                st.markdown(f"**{kind.title}**")
            method = draw_form(kind, word)
        methods[word_of(method) if is_calibrated(method) else word] = method
    if not has_form:
        st.caption("The chosen methods have no parameters to set here.")
    return methods
