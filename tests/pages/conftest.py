"""Pages run in the test process: their shelf, settings and downloads go to a folder of the test's own."""

import pytest
import streamlit as st


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKING_SHELF", str(tmp_path / "shelf"))
    monkeypatch.setenv("MASKING_SETTINGS", str(tmp_path / "masking.toml"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path


@pytest.fixture
def fresh_server():
    """No model, job or picture is remembered from another test, nor will be by the next."""
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()
