"""The lesson's page, with facts that cost nothing: stored ones stand in for what this machine would compute."""

from streamlit.testing.v1 import AppTest

from pages.shell.jobs.queue import all_queues
from tests.pages.compare_page import PATIENCE_SECONDS, ROOT
from tests.pages.html import Element, parse


class LearnPage:
    """The lesson as a reader meets it."""

    def __init__(self, **address: str):
        self.at = AppTest.from_file(ROOT / "app.py", default_timeout=120)
        self.at.switch_page("pages/7_Learn.py")
        for key, value in address.items():
            self.at.query_params[key] = value
        self.run()

    def run(self) -> "LearnPage":
        """Run the page."""
        self.at.run()
        assert not self.at.exception, self.at.exception[0].stack_trace
        return self

    def settle(self) -> "LearnPage":
        """Wait until this machine has computed everything, and run the page again."""
        for job in (job for queue in all_queues() for job in queue.unfinished()):
            assert job.wait(PATIENCE_SECONDS)
        return self.run()

    def press(self, label: str) -> "LearnPage":
        """Press the button with this label."""
        (button,) = [button for button in self.at.button if button.label == label]
        button.click()
        return self.run()

    def parts(self, tag: str, mark: str) -> list[Element]:
        """All elements of this tag and mark."""
        return [part for block in self.at.get("html") for part in parse(block.value).all(tag, mark)]

    def text(self, mark: str) -> str:
        """The text of the first part with this mark; empty where there is none."""
        return next((part.text for part in self.parts("", mark)), "")

    @property
    def address(self) -> dict[str, str]:
        """What the address carries."""
        return {key: values[0] if isinstance(values, list) else values for key, values in self.at.query_params.items()}

    @property
    def captions(self) -> list[str]:
        """The texts of all captions."""
        return [caption.value for caption in self.at.caption]
