"""What pyproject.toml cannot say: the wheel carries `assets/` inside the package, as `masking/_assets`."""

from setuptools import find_packages, setup

BUNDLED = "masking._assets"

setup(
    packages=[*find_packages(include=["masking", "masking.*"]), BUNDLED],
    package_dir={BUNDLED: "assets"},
    package_data={"masking": ["py.typed"], BUNDLED: ["**/*"]},
    include_package_data=False,
)
