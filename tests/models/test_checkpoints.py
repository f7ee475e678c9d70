"""Checkpoints as people save them: entries, prefixes and old names; what stays unclear is refused with its names."""

import re
import warnings

import pytest
import safetensors.torch
import torch
import torchvision
from torch import nn

from masking import load_classifier
from masking.models.checkpoints import find_state, match_names
from masking.models.weights import fit, read_state


def network(classes: int = 3) -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, classes))


with torch.random.fork_rng(devices=[]):
    torch.manual_seed(0)
    STATE = network().state_dict()
    OTHER = network().state_dict()


def below(prefix, state=STATE):
    return {prefix + key: value for key, value in state.items()}


def loads(state, target=None):
    target = target or network()
    fit(target, state, "w.pth", 3)
    return list(target.state_dict().values())


def is_the_state(values):
    return all(torch.equal(ours, theirs) for ours, theirs in zip(values, STATE.values(), strict=True))


PREFIXES = ["module.", "_orig_mod.", "model.", "net.", "backbone.", "encoder.", "module._orig_mod.", "model.net.0."]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("ending", ["pth", "safetensors"])
def test_a_prefix_of_all_names_is_taken_away(tmp_path, prefix, ending):
    path = tmp_path / f"w.{ending}"
    if ending == "pth":
        torch.save(below(prefix), path)
    else:
        safetensors.torch.save_file(below(prefix), path)
    assert is_the_state(loads(read_state(path)[0]))


@pytest.mark.parametrize("own", ["model.", "body.net."])
@pytest.mark.parametrize("saved", ["", "module.", "model.", "_orig_mod.model."])
def test_a_network_inside_a_module_takes_other_prefixes(own, saved):
    holder = nn.Module()
    inner = holder
    for part in own.rstrip(".").split(".")[:-1]:
        inner.add_module(part, nn.Module())
        inner = inner.get_submodule(part)
    inner.add_module(own.rstrip(".").rpartition(".")[2], network())
    assert is_the_state(loads(below(saved), holder))


@pytest.mark.parametrize(
    "entry",
    [
        "state_dict",
        "model",
        "model_state_dict",
        "net",
        "params",
        "weights",
        "ema",
        "state_dict_ema",
        "model_ema",
        "mine",
    ],
)
def test_the_only_state_dict_of_a_checkpoint_is_taken(entry):
    optimiser = {"state": {0: {"exp_avg": torch.ones(2)}}, "param_groups": [{"lr": 0.1}]}
    checkpoint = {"epoch": 3, "best": torch.tensor(0.5), "optimizer": optimiser, entry: STATE}
    assert is_the_state(loads(find_state(checkpoint, "w.pth")))
    assert is_the_state(loads(find_state({"model": {"arch": "cnn", entry: below("module.")}}, "w.pth")))


def test_weights_go_before_their_average_with_a_warning():
    with pytest.warns(UserWarning, match="w.pth holds two sets of weights; state_dict is taken, not state_dict_ema"):
        state = find_state({"state_dict_ema": OTHER, "state_dict": STATE}, "w.pth")
    assert is_the_state(loads(state))
    with pytest.warns(UserWarning, match=r"only the tensors below 'model\.' are taken, not 9 others such as ema\.0"):
        assert is_the_state(loads({**below("ema.", OTHER), **below("model.")}))


@pytest.mark.parametrize(
    "more",
    [
        {"n_averaged": torch.tensor(5)},
        {"criterion.weight": torch.ones(3)},
        {"loss_fn.pos_weight": torch.ones(1), "train_acc.total": torch.tensor(1)},
    ],
    ids=list,
)
@pytest.mark.parametrize("prefix", ["", "module.", "model."])
def test_tensors_that_only_training_needs_are_left_out(more, prefix):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert is_the_state(loads({**more, **below(prefix)}))


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({**below("student."), **below("teacher.", OTHER)}, "below student. and teacher.; save the one that you mean"),
        ({**STATE, "4.weight": torch.ones(2)}, "0 tensors are missing and 1 are unknown (such as 4.weight)"),
        (
            {("head.weight" if key == "3.weight" else key): value for key, value in STATE.items()},
            "1 tensors are missing and 1 are unknown (such as 3.weight, where the file has head.weight)",
        ),
        (
            {f"encoder.{key}": value for key, value in STATE.items() if not key.startswith("3.")},
            "below its prefix 'encoder.': 2 tensors are missing and 0 are unknown (such as 3.bias); save the whole",
        ),
        (below("model.", network(7).state_dict()), "has 7 classes but 3 category names were given"),
    ],
    ids=["two networks", "one too many", "another name", "no head", "other classes"],
)
def test_what_does_not_fit_names_prefix_and_tensors(state, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        loads(state)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("checkpoint", "sentence"),
    [
        ({"generator": STATE, "discriminator": OTHER}, r"several sets of tensors \(generator, discriminator\); save"),
        ({"state_dict": STATE, "net": OTHER}, r"several sets of tensors \(state_dict, net\)"),
        ({"epoch": 3, "model": "resnet"}, "is not a state dict"),
        ([STATE], "is not a state dict"),
    ],
)
def test_checkpoints_without_one_state_dict_are_refused(checkpoint, sentence):
    with pytest.raises(ValueError, match=sentence):
        find_state(checkpoint, "w.pth")


def test_the_published_names_of_densenets_fit():
    torch.manual_seed(0)
    target = torchvision.models.DenseNet(8, (2, 2), 16, num_classes=3)
    state = {key: torch.rand_like(value.float()) for key, value in target.state_dict().items()}
    old = {re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", key): value for key, value in state.items()}
    assert old.keys() != state.keys()
    for saved in (old, below("module.", old)):
        fitted = match_names(target, saved, "w.pth")
        assert fitted.keys() == state.keys()
        assert all(fitted[key] is state[key] for key in state)


def test_names_that_modules_rename_while_they_load_fit():
    torch.manual_seed(0)
    target = torchvision.models.VisionTransformer(32, 16, 1, 2, 8, 8, num_classes=3).eval()
    state = {key: torch.rand_like(value) for key, value in target.state_dict().items()}
    old = {key.replace("mlp.0", "mlp.linear_1").replace("mlp.3", "mlp.linear_2"): value for key, value in state.items()}
    assert old.keys() != state.keys()
    fit(target, below("module.", old), "w.pth", 3)
    assert all(torch.equal(value, state[key]) for key, value in target.state_dict().items())


@pytest.mark.parametrize("ending", ["ckpt", "pth.tar", "pt"])
def test_other_endings_of_torch_files_are_read(tmp_path, ending):
    path = tmp_path / f"w.{ending}"
    torch.save({"state_dict": below("model.")}, path)
    assert is_the_state(loads(read_state(path)[0]))


def test_torchscript_is_refused_by_name(tmp_path):
    path = tmp_path / "w.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(network().eval(), torch.rand(1, 3, 3, 3)), path)
    with pytest.raises(ValueError, match=r"w\.pt is a TorchScript archive, which holds code; save the state dict"):
        read_state(path)


@pytest.mark.parametrize("prefix", ["module.", "model."])
def test_auxiliary_heads_are_found_behind_a_prefix(tmp_path, prefix):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        state = torchvision.models.googlenet(weights=None, num_classes=3, init_weights=False).state_dict()
    assert any(key.startswith("aux1") for key in state)
    torch.save(below(prefix, state), tmp_path / "w.pth")
    classifier = load_classifier("googlenet", tmp_path / "w.pth", ["a", "b", "c"])
    assert torch.equal(classifier.network.fc.weight, state["fc.weight"])
