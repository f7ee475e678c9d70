import pytest

from pages.shell.jobs.line import about, estimate_wait, in_line


@pytest.mark.parametrize(
    ("position", "seconds", "words"),
    [
        (1, None, "next in line"),
        (2, 0.2, "second in line, about 1 s"),
        (3, 40.4, "third in line, about 40 s"),
        (10, 100, "tenth in line, about 2 min"),
        (11, None, "number 11 in line"),
    ],
)
def test_a_position_in_words(position, seconds, words):
    assert in_line(position, seconds) == words


def test_nothing_is_said_about_no_time():
    assert about(0.0) == about(None) == ""


@pytest.mark.parametrize(
    ("running", "ahead", "workers", "seconds"),
    [
        ([10.0], [], 1, 10.0),
        ([10.0], [], 2, 0.0),
        ([10.0, 4.0], [5.0, 5.0], 2, 10.0),
        ([10.0, 4.0], [5.0, 5.0, 5.0], 2, 14.0),
        ([None], [], 1, None),
        ([1.0], [None], 1, None),
    ],
)
def test_the_wait_is_until_a_worker_is_free(running, ahead, workers, seconds):
    assert estimate_wait(running, ahead, workers) == seconds
