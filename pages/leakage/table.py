"""The table of a measurement: what each method gives away under the exact and the transplanted hole."""

import html

import streamlit as st

from masking.leakage import Leakage
from masking.measures import Estimate
from pages.components.method_names import method_title
from pages.components.numbers import interval, number, percent


def show_table(leakage: Leakage, is_readable: bool) -> None:
    """Draw a row for each method. `is_readable` says that the probabilities were read out too."""
    heads = {
        "Method": ("", ""),
        "Named the hidden object": (f"by chance {percent(leakage.chance, 0)}; lower is better", "Exact hole"),
        "Leakage, bits": ("lower is better", "Mutual information of true and predicted class, exact hole"),
    }
    if is_readable:
        heads["In all probabilities, bits"] = (
            "a lower bound; lower is better",
            "What can be read out of all probabilities together, exact hole",
        )
    heads["Took the hole's outline for the object"] = (
        "lower is better",
        "Share of scenes where the answer is the class whose outline the hole was given",
    )
    columns = "".join(
        f"<th scope='col' title='{html.escape(hint, quote=True)}'>{html.escape(name)}<small>{note}</small></th>"
        for name, (note, hint) in heads.items()
    )
    rows = ""
    for method in leakage.methods:
        cells = [_percent_cell(leakage.accuracy(method)), _bits_cell(leakage.bits(method))]
        cells += [_bits_cell(leakage.readable(method))] if is_readable else []
        cells += [_percent_cell(leakage.moved(method))]
        numbers = "".join(f"<td class='mx-number'>{cell}</td>" for cell in cells)
        rows += f"<tr><th scope='row'>{html.escape(method_title(method))}</th>{numbers}</tr>"
    st.html(
        "<div class='mx-matrix' role='region' tabindex='0' aria-label='Leakage by method'>"
        "<table class='mx-table mx-measured'>"
        f"<thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _percent_cell(estimate: Estimate) -> str:
    low, high = 100 * estimate.low, 100 * estimate.high
    return f"<b>{percent(estimate.value)}</b> <small>{interval(low, high, '.1f', '%')}</small>"


def _bits_cell(estimate: Estimate) -> str:
    return f"<b>{number(estimate.value, '.2f')}</b> <small>{interval(estimate.low, estimate.high)}</small>"
