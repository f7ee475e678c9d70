"""What an operator gets: the image's files, the settings for a class, compose, proxies, the Space; without an engine.

hadolint, the Compose Specification, `caddy validate` and `nginx -t` were run by hand, see docs/hosting.md.
"""

import fnmatch
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from benchmarks.hardening.server_under_load import ServerUnderLoad
from benchmarks.hardening.visitor_session import VisitorSession
from masking.runtime.settings import load_settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
DOCKERFILES = [ROOT / "Dockerfile", DEPLOY / "Dockerfile.cuda", DEPLOY / "space" / "Dockerfile"]
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def let_through() -> list[Path]:
    """The tracked files that .dockerignore lets into the image."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    kept = [line[1:] for line in lines if line.startswith("!")]
    dropped = [line for line in lines if line and not line.startswith(("!", "#")) and line != "*"]
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [
        name
        for name in tracked.stdout.splitlines()
        if any(name == each or name.startswith(f"{each}/") for each in kept)
    ]
    return [Path(name) for name in names if not any(fnmatch.fnmatch(name, each.replace("**", "*")) for each in dropped)]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_image_names_no_base_by_a_tag_and_runs_as_nobody(path):
    text = path.read_text("utf-8")
    for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE):
        assert image.endswith("@${PYTHON_DIGEST}") or image == "${BASE}"
    assert not re.search(r"ARG PYTHON_DIGEST=sha256:", text), "a digest that nobody has checked"
    user = re.findall(r"^USER (\d+):(\d+)$", text, re.MULTILINE)[-1]
    assert int(user[0]) >= 1000
    assert "http.client" not in text


@pytest.mark.parametrize("path", DOCKERFILES[::2], ids=lambda path: str(path.relative_to(ROOT)))
def test_an_image_for_cpus_brings_no_proprietary_libraries(path):
    text = path.read_text("utf-8")
    pins = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pattern = re.search(r"grep -vE '([^']+)' constraints.txt", text)[1]
    left = [pin for pin in pins if not re.match(pattern, pin)]
    assert any(pin.startswith("nvidia-") for pin in pins)
    assert not [pin for pin in left if re.search("nvidia|cuda|triton", pin)]
    assert re.search(r"--no-deps --index-url \S+ -r torch.txt", text)
    pattern = re.search(r"grep -E '([^']+)' requirements.txt", text)[1]
    torch = [line for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines() if re.match(pattern, line)]
    assert [line.split("==")[0] for line in torch] == ["torch", "torchvision"]


def test_the_image_holds_what_it_runs_from_and_nothing_else():
    names = {str(path) for path in let_through()}
    assert {
        "app.py",
        "masking/__init__.py",
        "requirements.txt",
        ".streamlit/config.toml",
        "deploy/masking.toml",
    } <= names
    assert {name.partition("/")[0] for name in names} == {
        ".streamlit", "LICENSE", "README.md", "app.py", "assets", "constraints.txt", "deploy", "masking", "pages",
        "pyproject.toml", "requirements.txt", "setup.py",
    }  # fmt: skip


def test_the_settings_for_a_class_are_valid_and_public():
    settings = load_settings(DEPLOY / "masking.toml")
    assert settings.public
    assert settings.limits.images_per_run <= 2000
    assert settings.limits.queued_runs_per_visitor <= 2


def test_compose_keeps_the_dashboard_inside():
    dashboard, proxy = COMPOSE["services"]["dashboard"], COMPOSE["services"]["proxy"]
    assert "ports" not in dashboard
    assert dashboard["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert "outside" in proxy["networks"]
    for service in (dashboard, proxy):
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["restart"] == "unless-stopped"
        assert service["mem_limit"]
    assert int(dashboard["stop_grace_period"].rstrip("s")) > 5
    assert any(volume.endswith("/etc/missingness/masking.toml:ro") for volume in dashboard["volumes"])
    assert "${SITE" in dashboard["environment"]["STREAMLIT_SERVER_ALLOWED_HOSTS"]
    assert proxy["image"].startswith("caddy@${CADDY_DIGEST:?")
    for volume in [*dashboard["volumes"], *proxy["volumes"]]:
        source = volume.split(":")[0]
        assert (DEPLOY / source).is_file() if source.startswith("./") else source in COMPOSE["volumes"]
    variables = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text("utf-8")))
    assert variables == set(re.findall(r"^(\w+)=", (DEPLOY / "example.env").read_text("utf-8"), re.MULTILINE))


def test_proxies_pass_the_host_on_and_limit_what_is_uploaded():
    nginx, caddy = ((DEPLOY / name).read_text("utf-8") for name in ("nginx.conf", "Caddyfile"))
    assert "proxy_set_header Host $http_host;" in nginx
    assert "Upgrade $http_upgrade" in nginx
    assert nginx.count("{") == nginx.count("}")
    assert caddy.count("{") == caddy.count("}")
    assert "client_max_body_size 21m" in nginx
    assert "max_size 21MB" in caddy
    assert all("Strict-Transport-Security" in text for text in (nginx, caddy))


def test_the_space_says_where_it_listens_and_what_runs():
    front = yaml.safe_load((DEPLOY / "space" / "README.md").read_text("utf-8").split("---")[1])
    text = (DEPLOY / "space" / "Dockerfile").read_text("utf-8")
    assert front["sdk"] == "docker"
    assert len(front["short_description"]) <= 60
    assert f"STREAMLIT_SERVER_PORT={front['app_port']}" in text
    assert f"EXPOSE {front['app_port']}" in text


@pytest.fixture
def image(tmp_path):
    """The files of the image in a folder that nobody can write to, and a volume beside it."""
    app = tmp_path / "app"
    for path in let_through():
        (app / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, app / path)
    for path in [app, *app.rglob("*")]:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
    (tmp_path / "data").mkdir()
    yield tmp_path
    for path in [app, *app.rglob("*")]:
        path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o200)


def environment_of_the_image(image: Path) -> dict[str, str]:
    text = (
        (ROOT / "Dockerfile").read_text("utf-8").partition("\nENV PATH=/venv/bin:$PATH")[2].partition("\n# A public")[0]
    )
    values = dict(re.findall(r"(\w+)=(\S+)", text))
    for name in ("STREAMLIT_SERVER_PORT", "STREAMLIT_SERVER_ADDRESS"):
        values.pop(name)
    values["MASKING_SETTINGS"] = str(image / "app" / "deploy" / "masking.toml")
    return {name: value.replace("/data", str(image / "data"), 1) for name, value in values.items()}


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
def test_the_dashboard_runs_from_the_images_files_with_only_the_volume_writable(image):
    drop = "-dac_override,-dac_read_search,-fowner"
    before = ["setpriv", f"--bounding-set={drop}", f"--inh-caps={drop}"] if os.geteuid() == 0 else []
    app = image / "app"
    (image / "state").mkdir()
    files = {path.relative_to(app) for path in app.rglob("*")}
    with ServerUnderLoad(image / "state", app, environment_of_the_image(image), before) as server:
        with VisitorSession(server.port) as visitor:
            visitor.open("Benchmarks")
            assert visitor.page.of_kind("selectbox")
        assert visitor.faults == []
        assert server.log_errors() == []
        with pytest.raises(subprocess.CalledProcessError):
            subprocess.run([*before, "touch", str(app / "written")], check=True, capture_output=True)
    assert {path.relative_to(app) for path in app.rglob("*")} == files
    assert (image / "data" / "runs").is_dir()
