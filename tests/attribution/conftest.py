import pytest

from masking import Classifier
from tests.attribution.linear_toy import Patches


@pytest.fixture(scope="session")
def patches():
    return Classifier("patches", Patches(), ("yes", "no"), (32, 32), (0, 0, 0), (1, 1, 1))
