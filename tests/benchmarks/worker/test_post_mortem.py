"""Workers that died without a word."""

import signal
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from masking.benchmarks.storage.run import HERE, INTERRUPTED, QUEUED, RUNNING
from masking.benchmarks.worker import post_mortem
from masking.benchmarks.worker.environment import worker_environment
from masking.benchmarks.worker.post_mortem import BEGINNING, describe_exit, explain_end, watch_exit


@pytest.fixture
def dead(store, spec):
    """An interrupted run whose worker had this process id and left this log."""

    def make(log="", pid=2**22 + 7, host=HERE, heartbeat=None):
        run = store.add(spec())
        store.change(run.id, RUNNING, (QUEUED,))
        store.write(run.id, pid=pid, pid_started=1.0, ticks=1, host=host, heartbeat=heartbeat or time.time() - 1000)
        store.log_file(run.id).parent.mkdir(exist_ok=True)
        store.log_file(run.id).write_text(log)
        run = store.run(run.id)
        assert run.state == INTERRUPTED
        return run

    return make


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_workers_that_end_by_themselves_have_said_why(code):
    assert describe_exit(code) == ""


@pytest.mark.parametrize(
    ("code", "out_of_memory", "sentence"),
    [
        (-signal.SIGKILL, True, "was killed by the system, because memory ran out (SIGKILL)"),
        (-signal.SIGKILL, False, "was killed from outside (SIGKILL): by somebody, or by the system"),
        (-signal.SIGSEGV, False, "was ended by SIGSEGV"),
        (-signal.SIGTERM, True, "was ended by SIGTERM"),
        (-250, False, "was ended by signal 250"),
        (137, False, "ended with exit code 137"),
    ],
)
def test_exits_in_words(code, out_of_memory, sentence):
    assert describe_exit(code, out_of_memory).startswith(sentence)


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("import os; os.kill(os.getpid(), 9)", "was killed from outside (SIGKILL)"),
        ("import os; os.kill(os.getpid(), 15)", "was ended by SIGTERM"),
        ("import os; os._exit(77)", "ended with exit code 77"),
        ("raise SystemExit(1)", ""),
    ],
)
def test_whoever_started_a_worker_notes_how_it_ended(store, dead, program, sentence):
    worker = subprocess.Popen([sys.executable, "-S", "-c", program])
    run = dead(pid=worker.pid)
    watch_exit(worker, store.log_file(run.id))
    assert (sentence in explain_end(store, run)) if sentence else (store.log_file(run.id).read_text() == "")


def test_a_kill_for_memory_is_told_from_others(tmp_path, monkeypatch):
    events = tmp_path / "memory.events"
    events.write_text("low 0\noom 1\noom_kill 4\n")
    monkeypatch.setattr(post_mortem, "EVENTS", events)
    program = f"import os; open({str(events)!r}, 'w').write('oom_kill 5'); os.kill(os.getpid(), 9)"
    watch_exit(subprocess.Popen([sys.executable, "-S", "-c", program]), tmp_path / "a.log")
    assert "because memory ran out (SIGKILL)" in (tmp_path / "a.log").read_text()


def test_a_crash_in_compiled_code_leaves_its_place(store, dead):
    program = "import ctypes; ctypes.string_at(0)"
    crashed = subprocess.run([sys.executable, "-c", program], env=worker_environment(), capture_output=True, text=True)
    assert crashed.returncode == -signal.SIGSEGV
    run = dead(f'{BEGINNING}, "run": "a"}}\n{crashed.stderr}')
    assert explain_end(store, run).endswith(" crashed (Segmentation fault)")


def test_an_earlier_attempt_is_not_blamed(store, dead):
    log = f"{BEGINNING}}}\nFatal Python error: Aborted\nworker 12 was ended by SIGBUS\n{BEGINNING}}}\nreading\n"
    sentence = explain_end(store, dead(log))
    assert "ended without a message" in sentence
    assert f"on {HERE}), last seen at 20" in sentence


def test_other_reasons(store, dead, spec, monkeypatch):
    assert "has sent no sign of life since 20" in explain_end(store, dead(host="elsewhere"))
    assert "look whether elsewhere is running" in explain_end(store, dead(host="elsewhere"))
    early = psutil.boot_time() - 50
    assert "ended when this machine was restarted" in explain_end(store, dead(heartbeat=early))
    nobody = replace(store.add(spec()), created=0.0)
    assert explain_end(store, nobody) == "no worker came; the process that wanted to start one has ended"


def test_bench_show_says_it_with_the_last_lines(store, dead, monkeypatch, capsys):
    from masking.__main__ import main

    lines = "\n".join(f"line {number}" for number in range(20))
    run = dead(f'{BEGINNING}}}\n{lines}\nworker {2**22 + 7} was ended by SIGBUS\n{{"event": "shard"}}\n')
    for options, needed in (((), "line 19"), (("--json",), '"interrupted": "the worker (process')):
        monkeypatch.setattr(sys, "argv", ["masking", "bench", "show", run.id, *options])
        with pytest.raises(SystemExit):
            main()
        out = capsys.readouterr().out
        assert needed in out
        assert "was ended by SIGBUS" in out
        assert "line 2\n" not in out


def test_a_worker_that_gave_up_says_why_and_whether_it_had_begun(store, dead):
    refusal = "missingness: the store has gone; bring it back.\n"
    assert "could not begin (the store has gone; bring it back)" in explain_end(store, dead(refusal))
    assert "could not go on (the store has gone; bring it back)" in explain_end(
        store, dead(f"{BEGINNING}}}\n{refusal}")
    )
