import pytest

from masking.results.sentences import comparison_sentence, join_names


def test_lists_read_well():
    assert [join_names(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("predicted", "sentence"),
    [
        ({}, "The whole image is read as tabby; choose a masking method to compare."),
        ({"Blackout": "tabby"}, "Blackout kept tabby."),
        ({"Blackout": "tabby", "Noise": "tabby"}, "Every method kept tabby."),
        ({"Blackout": "puzzle"}, "Blackout moved the model to puzzle."),
        (
            {"Blackout": "puzzle", "Layer masking": "tabby"},
            "Blackout moved the model to puzzle; Layer masking kept tabby.",
        ),
        (
            {"Blackout": "puzzle", "Noise": "web", "Blur": "puzzle"},
            "Blackout and Blur moved the model to puzzle; Noise moved the model to web; no method kept tabby.",
        ),
        ({"my own": "web"}, "My own moved the model to web."),
    ],
)
def test_a_comparison_in_one_sentence(predicted, sentence):
    assert comparison_sentence("tabby", predicted) == sentence
