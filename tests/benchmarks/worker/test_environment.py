"""What a worker process inherits."""

from masking.benchmarks.worker.environment import worker_environment


def test_threads_of_a_worker_sleep_while_they_wait_unless_the_operator_says_otherwise(monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    assert worker_environment()["OMP_WAIT_POLICY"] == "passive"
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    assert worker_environment()["OMP_WAIT_POLICY"] == "active"
