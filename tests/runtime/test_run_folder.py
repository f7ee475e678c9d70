from masking.runtime.run_folder import runs_folder


def test_where_runs_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("MASKING_RUNS", str(tmp_path))
    assert runs_folder() == tmp_path
    monkeypatch.delenv("MASKING_RUNS")
    assert runs_folder().parts[-2:] == ("missingness-explorer", "runs")
