"""What a file of weights says about itself: every wrong value is refused in one sentence, before anything is made."""

import json

import pytest
import safetensors.torch
import torch
from torch import nn

from masking.models.checkpoints import find_state
from masking.models.weights import fit, read_state
from masking.models.zoo import bundled, load_classifier

STATE, ABOUT, _ = read_state(bundled()["silhouettes/vit"])
ARGUMENTS = ABOUT["arguments"]
WRONG = [
    *(
        {name: value}
        for name in ("architecture", "name", "family")
        for value in (None, 5, [], {}, "gone", True)
        if not (name == "name" and value == "gone")
    ),
    *(
        {name: value}
        for name in ("mean", "std")
        for value in (None, "x", 5, [], [5.0], ["a"], [None] * 3, [float("nan")])
    ),
    *({"categories": value} for value in (None, 5, "abc", [], [1], [None], ["a"] * 100_001)),
    *(
        {"input_size": value}
        for value in (None, 128, [128], [128, -1], [4096, 4096], ["a", "b"], [1.5, 2], [10**30, 1])
    ),
    *({"resize": value} for value in (None, "128", 0, -5, 1e9, 4096, [128])),
    *(
        {"arguments": value}
        for value in (None, [], "x", {"depth": 10**6}, {"depth": [10**9]}, {"gone": 1}, {**ARGUMENTS, "width": 4096})
    ),
    *(
        {"arguments": {**ARGUMENTS, name: value}}
        for name in ("width", "heads", "patch_size")
        for value in (0, -1, "x", None, 3.5, [])
    ),
]


@pytest.mark.parametrize("change", WRONG, ids=lambda change: json.dumps(change)[:50])
def test_every_wrong_value_is_refused_in_one_sentence(change, tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(safetensors.torch.save(STATE, {"classifier": json.dumps({**ABOUT, **change})}))
    with pytest.raises(ValueError, match=r"^[^\n]{10,600}$") as caught:
        load_classifier(str(path))
    assert "a.safetensors" in str(caught.value)
    assert "; " in str(caught.value)


def test_the_description_itself_is_read(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(safetensors.torch.save(STATE, {"classifier": json.dumps(ABOUT)}))
    assert load_classifier(str(path)).categories == tuple(ABOUT["categories"])


@pytest.mark.parametrize(
    ("tensor", "words"),
    [
        (torch.ones(3, 3).to_sparse(), "in the layout torch.sparse_coo"),
        (torch.empty(3, 3, device="meta"), "without numbers"),
    ],
)
def test_tensors_that_hold_no_plain_numbers_are_refused(tensor, words, tmp_path):
    path = tmp_path / "a.pth"
    torch.save({"a.weight": tensor}, path)
    with pytest.raises(ValueError, match=rf"holds a tensor that is {words}.*a\.weight.*; save plain tensors"):
        read_state(path)


@pytest.mark.parametrize("dtype", [torch.int8, torch.bool, torch.complex64, torch.float8_e4m3fn])
def test_numbers_that_would_become_others_are_refused(dtype):
    network = nn.Linear(2, 2)
    state = {key: value.to(dtype) if key == "bias" else value for key, value in network.state_dict().items()}
    with pytest.raises(ValueError, match=r"a.pth holds torch\.\w+ in bias; save its weights as floats"):
        fit(network, state, "a.pth", 2)


def test_a_checkpoint_inside_itself_or_many_times_is_looked_at_once():
    circle: dict = {"weights": {"w": torch.ones(1)}}
    circle["again"] = circle
    assert list(find_state(circle, "a.pth")) == ["w"]
    doubled: dict = {"w": torch.ones(1)}
    for _ in range(60):
        doubled = {"a": doubled, "b": doubled}
    assert list(find_state(doubled, "a.pth")) == ["w"]
