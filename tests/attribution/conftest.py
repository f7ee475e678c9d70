import pytest
from linear_toy import Patches

from masking import Classifier


@pytest.fixture(scope="session")
def patches():
    return Classifier("patches", Patches(), ("yes", "no"), (32, 32), (0, 0, 0), (1, 1, 1))
