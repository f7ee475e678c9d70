import pytest

from tests.training.tiny_pictures import TINY, write_archive


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    pictures = tmp_path_factory.mktemp("pictures")
    write_archive(pictures / "train.npz", 90, 0)
    write_archive(pictures / "test.npz", 40, 1)
    return pictures


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path
