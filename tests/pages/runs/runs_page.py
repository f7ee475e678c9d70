"""Actions on the Benchmarks page, for the tests."""

from functools import cache

from masking.benchmarks.specification.loaded_spec import LoadedSpec, Result, load_spec
from masking.benchmarks.specification.spec import Spec, spec_from
from masking.benchmarks.storage.run import FINISHED, QUEUED, RUNNING, Run
from masking.benchmarks.storage.store import Store
from tests.pages.compare_page import ComparePage
from tests.pages.html import parse

PAGE = "pages/6_Benchmarks.py"
SETTINGS = {"methods": ["blackout", "layer_masking"], "shares": [0.0, 0.5]}


class RunsPage(ComparePage):
    """The Benchmarks page, opened with these parameters in its address; it waits for estimates, not for runs."""

    patient = False
    page = PAGE

    @property
    def command(self) -> str:
        """The command line that the page shows."""
        return next(code.value for code in self.at.code if code.value.startswith("python -m masking bench"))

    @property
    def title(self) -> str:
        """The title of a run."""
        return self.part("mx-title").text

    @property
    def fields(self) -> list[str]:
        """Keys of all fields, from the top."""
        kinds = ("text_input", "number_input", "selectbox", "multiselect")
        return [widget.key for kind in kinds for widget in getattr(self.at, kind)]

    def disabled(self, label: str) -> bool:
        """Return whether a button is disabled."""
        return next(button for button in self.at.button if button.label == label).disabled

    def beside(self, key: str) -> list[str]:
        """The sentences in red in the column of a field."""
        kinds = ("text_input", "multiselect")
        columns = [
            column for column in self.at.columns if any(key in [w.key for w in getattr(column, k)] for k in kinds)
        ]
        return [error.value for error in columns[-1].error]

    @property
    def infos(self) -> list[str]:
        """Sentences in blue."""
        return [info.value for info in self.at.info]

    @property
    def progress(self) -> list[str]:
        """Texts of progress bars."""
        return [bar.proto.text for bar in self.at.get("progress")]

    @property
    def charts(self) -> list[str]:
        """The alternative texts of the charts."""
        return [chart.proto.alt for chart in self.at.get("plotly_chart")]

    @property
    def state(self) -> str:
        """The state on the badge of a run."""
        return self.part("mx-state").text

    def tables(self) -> list[dict[str, list[str]]]:
        """Return for each table, by row, the values of its cells without their intervals."""
        tables = [table for block in self.at.get("html") for table in parse(block.value).all("table", "mx-numbers")]
        rows = [[row for row in table.all("tr") if row.all("td")] for table in tables]
        return [{row.first("th").text: row.texts("b") for row in some} for some in rows]

    @property
    def cells(self) -> list[set[str]]:
        """The marks of each cell of the row of blocks."""
        return [cell.marks for cell in self.part("mx-shards").all("i")]

    @property
    def share_in_flight(self) -> str:
        """The filled share of the cell of the running shard."""
        return self.part("mx-flight").attributes["style"].removeprefix("--share: ")

    @property
    def run_ids(self) -> list[str]:
        """Ids of the runs in the list, from the top."""
        return [
            button.key.removeprefix("open-")
            for button in self.at.button
            if button.key and button.key.startswith("open-")
        ]

    def back(self, **address: str) -> "RunsPage":
        """The browser's Back or Forward: another address, and no widget touched."""
        self.at.query_params.clear()
        self.at.query_params.update(address)
        return self.run()

    def select(self, *names: str) -> "RunsPage":
        """Select runs in the list."""
        for name in names:
            self.at.checkbox(key=f"select-{name}").check()
        return self.run()

    def write(self, key: str, text: str) -> "RunsPage":
        """Fill in a text field."""
        self.at.text_input(key=key).set_value(text)
        return self.run()


def begun(store: Store, shards: int, count: int = 4, **values: object) -> Run:
    """Return a run that this process computes, with this many of its shards of two images done."""
    spec = spec_from({"experiment": "patch_removal", "settings": SETTINGS, "count": count, "block": 2, **values})
    run = store.add(spec)
    work = _loaded(spec.model_dump_json())
    store.claim(run.id, RUNNING, (QUEUED,))
    store.write(run.id, device="cpu", images=count, shards=work.shards, environment=dict(work.environment))
    for shard in range(shards):
        advance(store, run, shard)
    return store.run(run.id)


def advance(store: Store, run: Run, shard: int) -> None:
    """Compute and keep a shard."""
    result = _computed(run.spec.model_dump_json(), shard)
    store.commit(store.run(run.id), shard, result.rows, result.seconds, result.forwards)


def finished(store: Store, **values: object) -> Run:
    """Return a finished run of four images."""
    run = begun(store, 2, **values)
    store.change(run.id, FINISHED, (RUNNING,))
    return store.run(run.id)


@cache
def _loaded(spec: str) -> LoadedSpec:
    return load_spec(Spec.model_validate_json(spec))


@cache
def _computed(spec: str, shard: int) -> Result:
    """Compute a shard once: all runs of one spec have the same rows, and no test changes pictures or weights."""
    return _loaded(spec).compute(shard, lambda _: None)
