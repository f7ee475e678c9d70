"""Values of another type in a recipe."""

import pytest

from masking.runtime.assets import ASSETS
from masking.training.recipe import read_recipe

CONFIG = ASSETS / "configs" / "silhouettes-vit.toml"
WRONG = {
    "a table that is a number": ("training=3", "[training] is 3; make it a table of names with values"),
    "a table that is a list": ("world=[1]", "[world] is [1]; make it a table"),
    "a whole number": ("training.steps=2.5", "steps in [training] is 2.5; give a whole number"),
    "yes for a number": ("training.steps=true", "steps in [training] is True; give a whole number"),
    "a text for a number": ('training.learning_rate="fast"', "learning_rate in [training] is 'fast'; give a number"),
    "a number for yes": ("training.nesterov=1", "nesterov in [training] is 1; give true or false"),
    "a number for a list": ("training.decay_at=0.5", "decay_at in [training] is 0.5; give a list, each entry a number"),
    "a list of texts": ('training.decay_at=["x"]', "decay_at in [training] is ['x']; give a list"),
    "a number for a name": ("architecture=3", "is 3; give a text"),
    "a list for a seed": ("seed=[1]", "is [1]; give a whole number"),
    "a negative seed": ("seed=-1", "seed is -1; it must be between 0 and 2147483647"),
    "a name that is a class": ("world.classes=[1, 2]", "classes in [world] is [1, 2]; give a list, each entry a text"),
    "arguments": ("arguments=3", "is 3; give a table"),
}


@pytest.mark.parametrize(("change", "sentence"), WRONG.values(), ids=WRONG)
def test_a_value_of_another_type_is_refused_in_a_sentence(change, sentence):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        read_recipe(CONFIG, changes=[change])
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("change", ["arguments.depth=1.5", 'arguments.width="x"', "arguments.heads=0"])
def test_arguments_that_the_architecture_does_not_take_are_refused(change):
    with pytest.raises(ValueError, match=r"^\[arguments\] does not suit small_vit \(.*\); see its file$"):
        read_recipe(CONFIG, changes=[change]).make_network()


def test_whole_numbers_are_numbers_too():
    assert read_recipe(CONFIG, changes=["training.learning_rate=1"]).training.learning_rate == 1
