"""Reading, fitting and fetching weights; what is damaged or dangerous is refused with one sentence."""

import hashlib
import http.client
import http.server
import io
import json
import pickle
import threading
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from masking.models.weights import download, fit, read_state


def network(classes: int = 5) -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, classes))


with torch.random.fork_rng(devices=[]):
    torch.manual_seed(0)
    STATE = network().state_dict()


def same(ours, theirs):
    return ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in theirs)


def pickled(content, old=False) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=not old)
    return buffer.getvalue()


def file(folder: Path, content: bytes, name: str = "w.pth") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


# --- read ------------------------------------------------------------------------------------------------------------


def test_safetensors_come_back_with_their_description(tmp_path):
    about = {"categories": ["cat", "dog"], "input_size": [96, 96]}
    data = safetensors.torch.save(STATE, {"classifier": json.dumps(about)})
    for source in (data, file(tmp_path, data, "w.safetensors"), str(tmp_path / "w.safetensors")):
        state, description, sha = read_state(source)
        assert same(state, STATE)
        assert description == about
        assert sha == hashlib.sha256(data).hexdigest()
    assert read_state(safetensors.torch.save(STATE))[1] == {}


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    "content",
    [
        STATE,
        {"state_dict": STATE, "epoch": 3},
        {"model": STATE},
        {f"module.{key}": value for key, value in STATE.items()},
        {"state_dict": {f"module.{key}": value for key, value in STATE.items()}},
    ],
    ids=["plain", "state_dict", "model", "module.", "both"],
)
def test_torch_files_are_read_as_people_write_them(tmp_path, content, old):
    state, about, _ = read_state(file(tmp_path, pickled(content, old)))
    assert same(state, STATE)
    assert about == {}


# --- refused ---------------------------------------------------------------------------------------------------------


def refused(source, part):
    with pytest.raises(ValueError, match=part) as caught:
        read_state(source)
    assert "\n" not in str(caught.value)
    assert ("the uploaded file" if isinstance(source, bytes) else Path(source).name) in str(caught.value)


class Code:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("old", [False, True])
def test_code_in_a_pickle_is_refused_and_never_run(tmp_path, old):
    trace = tmp_path / "it-ran"
    for content in (Code(trace), {"state_dict": STATE, "more": Code(trace)}):
        refused(file(tmp_path, pickled(content, old)), r"it could run code\); save the state dict as \.safetensors")
        refused(file(tmp_path, pickle.dumps(content)), "could run code")
    assert not trace.exists()
    pickle.loads(pickle.dumps(Code(trace)))
    assert trace.exists(), "the code above has to be dangerous"


def test_a_whole_model_in_a_pickle_is_refused(tmp_path):
    refused(file(tmp_path, pickled(network())), "could run code")


@pytest.mark.parametrize("content", [b"", b"hello world", b"PK\x03\x04", b"\x80\x02", b"{}", pickled(STATE)[:-500]])
def test_damaged_torch_files_are_refused(tmp_path, content):
    refused(file(tmp_path, content), "is damaged or")


SAVED = safetensors.torch.save(STATE)


@pytest.mark.parametrize("content", [b"", b"hello world", SAVED[:-1], SAVED[:40], b"\xff" * 8 + SAVED[8:]])
def test_damaged_safetensors_are_refused(tmp_path, content):
    refused(content, "is damaged or not a safetensors file; save or copy it again")
    refused(file(tmp_path, content, "w.safetensors"), "is damaged or not a safetensors file")


@pytest.mark.parametrize("about", ["[]", "5", "null", "{bad", '"name"'])
def test_descriptions_that_describe_nothing_are_refused(about):
    refused(safetensors.torch.save(STATE, {"classifier": about}), "is damaged or|describes its classifier wrongly")


@pytest.mark.parametrize("content", [[1, 2], torch.ones(3), {"a": 5}, {"state_dict": {"a": "b"}}])
def test_what_is_no_state_dict_is_refused(tmp_path, content):
    refused(file(tmp_path, pickled(content)), r"is not a state dict \(names to tensors\); save model.state_dict\(\)")


def test_missing_and_unknown_files_are_refused(tmp_path):
    refused(tmp_path / "gone.pth", r"No such file or directory\); check the path")
    refused(tmp_path / "gone.safetensors", "the weights file")
    refused(file(tmp_path, b"", "weights.bin"), r"is neither \.safetensors nor \.pth")


@settings(max_examples=120)
@given(st.sampled_from([pickled(STATE), pickled(STATE, old=True), SAVED]), st.data())
def test_no_damage_makes_anything_but_a_sentence(tmp_path_factory, whole, data):
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(content[: data.draw(st.integers(1, len(content)))])
    name = "w.safetensors" if whole is SAVED else "w.pth"
    try:
        read_state(file(tmp_path_factory.getbasetemp(), content, name))
    except ValueError as error:
        assert "\n" not in str(error)  # noqa: PT017 - a file may survive the damage


# --- fit -------------------------------------------------------------------------------------------------------------


def test_fitting_loads_every_tensor():
    target = network()
    fit(target, STATE, "w.pth", 5)
    assert same(target.state_dict(), STATE)


def test_counters_of_batch_norm_may_be_missing():
    target = network()
    fit(target, {key: value for key, value in STATE.items() if "num_batches" not in key}, "w.pth", 5)
    assert torch.equal(target[3].weight, STATE["3.weight"])


def test_another_number_of_classes_names_both():
    with pytest.raises(ValueError, match=r"w\.pth has 5 classes but 7 category names were given"):
        fit(network(7), STATE, "w.pth", 7)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"3.weight": None}, r"1 tensors are missing and 0 are unknown \(such as 3\.weight\)"),
        ({"extra": torch.ones(1)}, r"0 tensors are missing and 1 are unknown \(such as extra\)"),
        ({"0.weight": torch.ones(4, 3, 5, 5)}, r"0\.weight has shape \(4, 3, 5, 5\) instead of \(4, 3, 3, 3\)"),
        ({"3.bias": torch.tensor(1.0)}, r"3\.bias has shape \(\) instead of \(5,\)"),
        ({"3.weight": torch.ones(9, 8)}, r"3\.weight has shape \(9, 8\) instead of \(5, 4\)"),
    ],
)
def test_weights_of_another_architecture_are_refused(change, sentence):
    state = {key: value for key, value in (STATE | change).items() if value is not None}
    target = network()
    before = {key: value.clone() for key, value in target.state_dict().items()}
    with pytest.raises(ValueError, match=sentence + ".*; choose the architecture it was saved from"):
        fit(target, state, "w.pth", 5)
    assert same(target.state_dict(), before), "half a fit is none"


# --- download --------------------------------------------------------------------------------------------------------

CONTENT = bytes(range(256)) * 12_000  # three blocks
NAME = f"net-{hashlib.sha256(CONTENT).hexdigest()[:8]}.pth"


@pytest.fixture(scope="module")
def server():
    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if "gone" in self.path:
                self.send_error(404)
            else:
                self.send_response(200)
                self.send_header("Content-Length", str(len(CONTENT)))
                self.end_headers()
                self.wfile.write(CONTENT[: len(CONTENT) // 2] if "short" in self.path else CONTENT)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_download_reports_its_progress(server, tmp_path):
    progress = []
    target = tmp_path / "hub" / "checkpoints" / NAME
    download(f"{server}/{NAME}", target, lambda done, total: progress.append((done, total)))
    assert target.read_bytes() == CONTENT
    assert [done for done, _ in progress] == sorted({done for done, _ in progress})
    assert progress[-1] == (len(CONTENT), len(CONTENT))
    assert len(progress) > 1
    assert [path.name for path in target.parent.iterdir()] == [NAME]


@pytest.mark.parametrize(
    ("address", "name", "sentence"),
    [
        (
            "net",
            "net-00000000.pth",
            r"net-00000000\.pth arrived damaged \(its checksum is wrong\); try again, or fetch",
        ),
        ("short", NAME, "arrived damaged|cannot be downloaded"),
        ("gone", NAME, "are not here and cannot be downloaded; fetch"),
    ],
)
def test_a_failed_download_leaves_nothing_behind(server, tmp_path, address, name, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        download(f"{server}/{address}", tmp_path / name)
    assert name in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [http.client.BadStatusLine("?"), TimeoutError(), ConnectionResetError()])
def test_a_broken_connection_has_the_message_of_no_connection(tmp_path, monkeypatch, error):
    def answer(*_, **__):
        raise error

    monkeypatch.setattr("urllib.request.urlopen", answer)
    with pytest.raises(ValueError, match="are not here and cannot be downloaded; fetch"):
        download(f"http://localhost/{NAME}", tmp_path / NAME)


def test_a_download_can_be_cancelled(server, tmp_path):
    def cancel(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(f"{server}/{NAME}", tmp_path / NAME, cancel)
    assert list(tmp_path.iterdir()) == []
