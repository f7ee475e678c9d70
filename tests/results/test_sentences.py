import pytest

from masking.results.sentences import comparison_sentence, join_names


def test_lists_read_well():
    assert [join_names(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("predicted", "sentence"),
    [
        ({}, "The network says “tabby” to the whole picture; choose a masking method to compare."),
        ({"Blackout": "tabby"}, "Blackout still says “tabby”."),
        ({"Blackout": "tabby", "Noise": "tabby"}, "Every method still says “tabby”."),
        ({"Blackout": "puzzle"}, "Blackout says “puzzle” instead of “tabby”."),
        (
            {"Blackout": "puzzle", "Layer masking": "tabby"},
            "Layer masking still says “tabby”. Blackout says “puzzle”.",
        ),
        (
            {"Blackout": "tabby", "Blur": "tabby", "Noise": "web", "greyout": "puzzle"},
            "Blackout and Blur still say “tabby”. Noise says “web” and greyout says “puzzle”.",
        ),
        (
            {"Blackout": "puzzle", "Noise": "web", "Blur": "puzzle"},
            "No method says “tabby” any more: Blackout and Blur say “puzzle” and Noise says “web”.",
        ),
        ({"my own": "web"}, "My own says “web” instead of “tabby”."),
    ],
)
def test_a_comparison_in_one_sentence(predicted, sentence):
    assert comparison_sentence("tabby", predicted) == sentence
