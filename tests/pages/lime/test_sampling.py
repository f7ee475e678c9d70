"""Samples that belong together, and runs until stable, on the LIME page."""

from dataclasses import replace

import pytest

from masking.attribution import LimeSettings
from pages.lime.text import describe_sampling, describe_stability
from tests.pages.lime.explanations import explained
from tests.pages.lime.lime_page import LimePage

LINK = {
    "methods": "layer_masking", "samples": "600", "segments": "grid", "grid.patch": "64",
    "lime-sampling": "balanced", "lime-stable": "True", "lime-strongest": "2", "lime-confidence": "90",
}  # fmt: skip


def test_a_run_until_stable_ends_early_and_says_so(fresh_server):
    page = LimePage(**LINK)
    assert not page.warnings
    assert "Run hides random segments up to 600 times" in page.reading
    assert "The samples are 37 complete balanced designs of 16, and 7 more in pairs." in page.captions
    page.press("Run")
    done, most = page.counted["Layer masking"]
    assert done < most == 600
    card = page.explanations["Layer masking"].text
    assert f"Stable after {done} samples: sign and rank of the 2 strongest segments are certain (90 %)." in card
    assert "balanced" in page.explanations["Layer masking"].first("div", "mx-facts").texts("b")
    assert page.at.button(key="lime-run").disabled
    command = next(code.value for code in page.at.code if "--until-stable" in code.value)
    assert "--samples 600" in command
    assert "--sampling balanced --until-stable 2 --confidence 0.9" in command
    page.choose("lime-strongest", 4)
    assert not page.at.button(key="lime-run").disabled


def test_a_link_that_asks_for_nothing_known_shows_a_warning(fresh_server):
    page = LimePage(methods="greyout", samples="60", **{"lime-sampling": "sobol"})
    assert any("sobol" in warning for warning in page.warnings)
    assert page.at.session_state["lime-sampling"] == "independent"


@pytest.mark.parametrize(
    ("sampling", "samples", "sentence"),
    [
        ("independent", 1000, ""),
        ("paired", 1000, "Each sample comes with its complement."),
        ("balanced", 129, "The samples are one complete balanced design of 128."),
        ("balanced", 1000, "The samples are 7 complete balanced designs of 128, and 103 more in pairs."),
        ("balanced", 128, "The samples are only paired: a complete balanced design of 56 segments needs 129."),
    ],
)
def test_designs_get_a_sentence(sampling, samples, sentence):
    assert describe_sampling(LimeSettings(samples, sampling=sampling), samples, 56) == sentence


def test_stability_gets_a_sentence():
    clear = explained("Greyout", 0.3, 0.2, -0.1, 0.0, noise=0.01)
    assert not describe_stability(clear)
    stable = replace(clear, settings=replace(clear.settings, until_stable=1))
    assert (
        describe_stability(stable)
        == "Stable after 400 samples: sign and rank of the strongest segment is certain (95 %)."
    )
    vague = replace(clear, settings=replace(clear.settings, until_stable=50))
    assert describe_stability(vague) == ("Not stable after 400 samples: 3 of 4 strongest segments certain (95 %).")
