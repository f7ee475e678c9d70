from pathlib import Path

import pytest

from masking.benchmarks.specification.allowance import LARGEST_BLOCK, check_allowed, check_network_allowed
from masking.benchmarks.specification.spec import Spec, spec_from
from masking.models import torchvision_networks
from masking.models.zoo import FIRST
from masking.runtime.limits import read_limits
from masking.runtime.settings import OwnClassifier, OwnData, Settings


@pytest.fixture
def sets(tmp_path):
    """A folder with two data sets of which the operator has named one."""
    for name in ("named", "free"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def public(sets):
    data = OwnData("Mine", "folder", {"path": str(sets / "named")})
    own = OwnClassifier("lab/net", "resnet18")
    limits = read_limits(public=True)
    return Settings(classifiers={own.name: own}, data={data.name: data}, public=True, limits=limits)


def make_spec(**changes) -> Spec:
    return spec_from({"experiment": "patch_removal", **changes})


def folder(path, source="folder", **settings):
    return {"source": source, "settings": {"path": str(path), **settings}}


def test_what_the_operator_offers_is_allowed(public, sets):
    check_allowed(make_spec(), public)
    check_allowed(make_spec(data=folder(sets / "named"), classifier={"name": "lab/net"}, count=2_000), public)
    check_allowed(make_spec(experiment="student_teacher", settings={"teacher": "lab/net"}), public)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"count": 2_001}, "a run here has at most 2,000 images and this one 2,001; use fewer"),
        ({"block": LARGEST_BLOCK + 1}, "a block here has at most 64 images"),
        ({"data": {"source": "torchvision"}}, "reads only the data sets that its operator has named"),
        ({"data": {"source": "cifar10", "settings": {"root": "/"}}}, "reads only the data sets"),
        ({"data": folder("/etc")}, "reads only the data sets"),
        ({"data": folder("")}, "reads only the data sets"),
        ({"data": folder("/etc/passwd", "listed")}, "reads only the data sets"),
        ({"data": folder("/etc/passwd", "jpeg_archive")}, "reads only the data sets"),
        ({"classifier": {"name": "resnet18", "weights": "/etc/passwd"}}, "takes no weights of visitors"),
        ({"classifier": {"name": "lab/net", "weights": "untrained"}}, "takes no weights of visitors"),
        ({"classifier": {"name": "lab/net", "categories": "/etc/passwd"}}, "takes no weights of visitors"),
        ({"classifier": {"name": "lab/net", "input_size": 2048}}, "takes no input options of visitors"),
        ({"classifier": {"name": "/etc/a.safetensors"}}, "offers no classifier '/etc/a.safetensors'"),
        ({"classifier": {"name": "os:system"}}, "offers no classifier 'os:system'"),
        ({"classifier": {"name": "timm/resnet18"}}, "offers no classifier 'timm/resnet18'"),
        ({"classifier": {"name": "resnet50"}}, "resnet50 is not on this server, and visitors download nothing"),
        (
            {"experiment": "student_teacher", "settings": {"teacher": "/etc/a.safetensors"}},
            "offers no classifier '/etc/a.safetensors'",
        ),
    ],
)
def test_what_a_visitor_may_not_is_refused(public, changes, sentence, monkeypatch):
    monkeypatch.setattr(torchvision_networks, "_cached_weights", lambda url: Path("/nowhere"))
    with pytest.raises(ValueError, match=sentence):
        check_allowed(make_spec(**changes), public)


def test_a_named_set_with_other_settings_is_another_set(public, sets, tmp_path):
    with pytest.raises(ValueError, match="reads only the data sets"):
        check_allowed(make_spec(data=folder(sets / "named" / ".." / "free")), public)


def test_plugins_never_run_for_visitors(public):
    spec = make_spec().model_copy(update={"plugins": ("/etc/passwd",)})
    with pytest.raises(ValueError, match="runs no plugins"):
        check_allowed(spec, public)


def test_free_paths_lie_below_the_data_folders(sets):
    settings = Settings(data_folders=(sets / "free",))
    (sets / "free" / "inside").mkdir()
    (sets / "free" / "link").symlink_to(sets / "named")
    check_allowed(make_spec(data=folder(sets / "free" / "inside")), settings)
    check_allowed(make_spec(), settings)
    for path in (sets / "named", sets / "free" / "link", sets / "free" / ".." / "named", "/", "~"):
        with pytest.raises(ValueError, match="is in none of the folders that this dashboard reads data sets from"):
            check_allowed(make_spec(data=folder(path)), settings)
    with pytest.raises(ValueError, match="a user unknown here"):
        check_allowed(make_spec(data=folder("~nosuchuser9")), settings)
    check_allowed(make_spec(data=folder("/anywhere")), Settings())
    with pytest.raises(ValueError, match="none of the folders"):
        check_allowed(make_spec(data=folder("/anywhere")), Settings(data_folders=()))


def test_a_named_set_may_lie_elsewhere_than_the_data_folders(sets):
    data = OwnData("Mine", "folder", {"path": str(sets / "named")})
    check_allowed(make_spec(data=folder(sets / "named")), Settings(data={"Mine": data}, data_folders=()))


def test_files_of_weights_lie_below_the_weights_folder_on_any_dashboard(tmp_path):
    spec = make_spec(experiment="student_teacher", settings={"teacher": str(tmp_path / "a.safetensors")})
    with pytest.raises(ValueError, match="no weights folder is set"):
        check_allowed(spec, Settings())
    with pytest.raises(ValueError, match="is outside the weights folder"):
        check_allowed(spec, Settings(weights_folder=tmp_path / "weights"))
    check_allowed(spec, Settings(weights_folder=tmp_path))


def test_weights_that_are_here_need_no_download(public, monkeypatch, tmp_path):
    monkeypatch.setattr(torchvision_networks, "_cached_weights", lambda url: tmp_path)
    check_network_allowed("resnet50", public)
    check_network_allowed(FIRST, public)
