"""A public server: every door that a link or a browser could open, tried with what a hostile visitor would send."""

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from masking.models.zoo import FIRST
from pages.pickers.classifier import load
from pages.shell import uploads
from tests.pages.compare_page import ROOT

COMPARE, LEAKAGE, LIME, BENCHMARKS = (
    f"pages/{page}.py" for page in ("1_Compare", "3_Shape_leakage", "4_LIME", "6_Benchmarks")
)
NOT_HERE = "which is not here"
GONE = "What this link refers to is no longer kept on this machine; upload it again."


@pytest.fixture
def public(folders, fresh_server):
    """A public server with a named data set and a folder of weights, in a folder whose name no page may show."""
    (folders / "named" / "leaf").mkdir(parents=True)
    Image.new("RGB", (64, 64), (10, 200, 30)).save(folders / "named" / "leaf" / "a.png")
    (folders / "weights").mkdir()
    (folders / "weights" / "net.pth").write_bytes(b"weights")
    (folders / "masking.toml").write_text(
        'public = true\n[weights]\nfolder = "weights"\n[[data]]\nname = "Mine"\nsource = "folder"\npath = "named"\n'
    )
    return folders


def open_page(page, **address):
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    at.switch_page(page)
    at.query_params.update(address)
    at.run()
    assert not at.exception, at.exception[0].stack_trace
    return at


def everything(at):
    """All that the server has sent to the browser, as text."""

    def walk(block):
        yield str(getattr(block, "proto", ""))
        for child in getattr(block, "children", {}).values():
            yield from walk(child)

    return "\n".join(walk(at._tree))


@pytest.mark.parametrize(
    ("page", "address", "sentence"),
    [
        (COMPARE, {"model": f"{FIRST}@shelf:/etc/passwd", "methods": ""}, NOT_HERE),
        (COMPARE, {"model": "resnet18@net.pth", "methods": ""}, NOT_HERE),
        (COMPARE, {"model": "resnet50", "methods": ""}, NOT_HERE),
        (COMPARE, {"image": "upload:../masking.toml", "methods": ""}, GONE),
        (COMPARE, {"image": "data:Mine", "picture": "9" * 400, "methods": ""}, "not possible"),
        (COMPARE, {"mask": "shelf./etc/passwd", "methods": ""}, GONE),
        (LIME, {"segments": "file", "labels": "../masking.toml", "methods": ""}, GONE),
        (LEAKAGE, {"model": "squeezenet1_1@shelf:../masking.toml", "methods": ""}, NOT_HERE),
        (BENCHMARKS, {"model": "squeezenet1_1@shelf:/etc/passwd@/etc/passwd"}, NOT_HERE),
        (BENCHMARKS, {"data": "torchvision", "torchvision.root": "/"}, NOT_HERE),
        (BENCHMARKS, {"data": "listed", "listed.path": "/etc/passwd"}, NOT_HERE),
        (BENCHMARKS, {"count": "10000000", "block": "4096"}, "not possible"),
        (
            BENCHMARKS,
            {"experiment": "student_teacher", "student_teacher.teacher": "/etc/net.safetensors"},
            "This server offers no classifier 'net.safetensors'; choose one of the list.",
        ),
    ],
)
def test_hostile_links_give_one_sentence_and_touch_nothing(public, page, address, sentence):
    at = open_page(page, **address)
    sentences = [element.value for element in (*at.error, *at.warning)]
    assert [each for each in sentences if sentence in each], sentences
    assert str(public) not in everything(at)
    assert list(uploads.folder().iterdir()) == []
    assert not (public / "runs" / "uploads").exists()


def test_a_public_server_offers_what_it_has_and_no_door_to_more(public):
    at = open_page(BENCHMARKS, data="data:Mine")
    assert at.selectbox(key="data").options == ["Silhouettes", "Mine"]
    models = at.selectbox(key="model").options
    assert [name for name in models if "download" in name] == []
    assert at.get("file_uploader") == []
    assert [button.label for button in at.button if "weights" in button.label] == []
    assert str(public) not in everything(at)
    assert "path" in everything(at)  # the command names the data set's folder without where it lies


@pytest.mark.parametrize(
    "name",
    ["resnet18@net.pth", "resnet18@shelf:000000000000000000000000", "/etc/a.safetensors", "os:system", "timm/resnet18",
     "resnet50", "resnet18@../masking.toml@/etc/passwd"],
)  # fmt: skip
def test_what_a_browser_sends_without_a_link_is_not_loaded_either(public, name):
    """A browser can send any text as the choice of a list."""
    with pytest.raises(ValueError, match=r"this server( offers no| takes no|, and visitors)"):
        load(name, "cpu")


def test_what_the_operator_names_is_loaded(public):
    assert load(FIRST, "cpu").name == FIRST


def test_the_footer_says_where_pictures_go(public):
    """On a server of strangers, "this machine" is not the visitor's own."""

    def footer():
        page = open_page("pages/7_Learn.py")
        return next(block.value for block in page.get("html") if "mx-footer" in block.value)

    assert "Runs on the server that you are visiting" in footer()
    (public / "masking.toml").write_text("")
    assert "Runs on this machine only" in footer()
