"""What pyproject.toml cannot say: the wheel carries bundled files and the dashboard inside the package.

`assets/` becomes `masking/_assets`; `app.py`, `pages/` and `.streamlit/` become `masking/_dashboard`.
"""

import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

BUNDLED = "masking._assets"
DASHBOARD = "masking/_dashboard"
ENDINGS = {".py", ".css", ".js"}


def dashboard_files() -> list[Path]:
    """List the files of the dashboard."""
    pages = sorted(path for path in Path("pages").rglob("*") if path.suffix in ENDINGS)
    return [Path("app.py"), Path(".streamlit/config.toml"), *pages]


class BuildWithDashboard(build_py):
    """Copies the dashboard beside the modules; an editable installation runs it from the checkout."""

    def run(self) -> None:
        """Build the package, then copy the dashboard into it."""
        super().run()
        if not self.editable_mode:
            for file in dashboard_files():
                target = Path(self.build_lib, DASHBOARD, file)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)

    def get_source_files(self) -> list[str]:
        """List what a source distribution needs."""
        return [*super().get_source_files(), *map(str, dashboard_files())]


setup(
    packages=[*find_packages(include=["masking", "masking.*"]), BUNDLED],
    package_dir={BUNDLED: "assets"},
    package_data={"masking": ["py.typed"], BUNDLED: ["**/*"]},
    include_package_data=False,
    cmdclass={"build_py": BuildWithDashboard},
)
