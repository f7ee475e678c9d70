"""Groups of ImageNet's classes and their similarity, against literal readings of the hypernym chains."""

import pytest
import torch
from torchvision.models import EfficientNet_B0_Weights

from masking.models.class_groups import HYPERNYMS, IMAGENET, class_groups, class_name, group_members

TORCHVISION = tuple(EfficientNet_B0_Weights.DEFAULT.meta["categories"])
ROWS = [line.split("\t") for line in IMAGENET.read_text("utf-8").splitlines() if line[0] == "n"]


@pytest.fixture(scope="module")
def groups():
    return class_groups(TORCHVISION)


def test_the_five_domestic_cats_are_one_group(groups):
    assert [index for index, name in enumerate(groups.names) if name == "cat"] == [281, 282, 283, 284, 285]
    assert group_members(283, TORCHVISION) == (281, 282, 283, 284, 285)
    assert class_name(282, TORCHVISION).text == "a cat (“tiger cat”)"


def test_a_class_belongs_to_its_nearest_group(groups):
    for name, (_, _, hypernyms) in zip(groups.names, ROWS, strict=True):
        chain = hypernyms.split(" > ")
        steps = [
            {word, f"{word} < {parent}"} & HYPERNYMS.keys()
            for word, parent in zip(chain, [*chain[1:], ""], strict=True)
        ]
        nearest = next((HYPERNYMS[step.pop()] for step in steps if step), None)
        assert nearest in (None, name)


@pytest.mark.parametrize(
    ("index", "group"),
    [(207, "dog"), (2, "shark"), (0, "fish"), (8, "bird"), (80, "bird"), (125, "crab"), (383, "lemur"),
     (291, "big cat"), (817, "car"), (705, "passenger car"), (565, "freight car"), (971, "bubble"),
     (388, "giant panda"), (920, "traffic light")],
)  # fmt: skip
def test_groups_of_single_classes(groups, index, group):
    assert groups.names[index] == group


def test_every_group_has_members_and_no_class_shares_the_name_of_a_group(groups):
    sizes = {name: groups.names.count(name) for name in groups.names}
    assert all(sizes[name] >= 2 for name in HYPERNYMS.values())
    assert {name for name, size in sizes.items() if size > 1} == set(HYPERNYMS.values())


def test_every_way_of_writing_the_classes_is_known(sample_data):
    wordnet_ids, full = (
        (sample_data / f"imagenet_{kind}.txt").read_text("utf-8").splitlines() for kind in ("wnids", "classes")
    )
    with_ids = [f"{wordnet_id} {names}" for wordnet_id, names in zip(wordnet_ids, full, strict=True)]
    upper = [name.upper().replace(" ", "_") for name in full]
    for categories in (wordnet_ids, full, with_ids, upper):
        assert class_groups(categories) is not None
        assert class_name(207, categories).group == "dog"


@pytest.mark.parametrize(
    "categories",
    [
        TORCHVISION[:10],
        (*TORCHVISION[1:], TORCHVISION[0]),
        (*TORCHVISION[:-1], "star"),
        tuple(map(str, range(1000))),
        ("cat", "dog"),
    ],
)
def test_other_lists_have_no_groups(categories):
    assert class_groups(categories) is None
    assert group_members(1, categories) == (1,)
    assert class_name(1, categories).group == class_name(1, categories).name


def literal_similarity(index, other_index):
    """Wu & Palmer: twice the depth of the last common hypernym over the sum of both depths."""
    rows = ROWS[index], ROWS[other_index]
    chain, other = ([*reversed(hypernyms.split(" > ")), name] for _, name, hypernyms in rows)
    common = 0
    while common < min(len(chain), len(other)) and chain[common] == other[common]:
        common += 1
    return 2 * common / (len(chain) + len(other))


def test_similarity_is_that_of_wu_and_palmer(groups):
    similarities = groups.similarities()
    pairs = torch.randint(1000, (400, 2), generator=torch.Generator().manual_seed(0)).tolist()
    for first, second in [*pairs, (281, 282), (207, 208), (5, 5)]:
        expected = 1.0 if first == second else literal_similarity(first, second)
        assert similarities[first, second].item() == pytest.approx(expected)
    assert similarities[281, 282] > similarities[281, 207] > similarities[281, 817]
    assert torch.equal(similarities, similarities.T)


def test_the_file_carries_the_licence_of_wordnet():
    assert "Princeton University" in IMAGENET.read_text("utf-8").split("wnid\t")[0]
