"""Title, tags and note of a run: everybody gets them with every list, so they are bounded where they are stored."""

import pytest

from masking.benchmarks.storage.store import Store


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"title": "x" * 201}, "the title has 201 characters; use at most 200"),
        ({"note": "x" * 4001}, "the note has 4,001 characters; use at most 4,000"),
        ({"tags": ["x" * 201]}, "the tag 'xxxxxxxxxxxxxxxxxxxx'… has 201 characters; use at most 200"),
        ({"tags": [str(number) for number in range(101)]}, "the run would have 101 tags; keep at most 100"),
    ],
)
def test_what_is_too_long_is_refused_and_changes_nothing(store: Store, spec, columns, sentence):
    run = store.add(spec(), title="mine")
    store.write(run.id, tags=["a"], note="short")
    with pytest.raises(ValueError, match=r"characters|tags") as refused:
        store.write(run.id, **columns)
    assert str(refused.value) == sentence
    same = store.run(run.id)
    assert (same.title, same.tags, same.note) == ("mine", ("a",), "short")


def test_a_run_with_too_long_a_title_is_not_added(store: Store, spec):
    with pytest.raises(ValueError, match="the title has 1,000,000 characters"):
        store.add(spec(), title="x" * 1_000_000)
    assert store.runs() == []
