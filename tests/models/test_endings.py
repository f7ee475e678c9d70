import pytest
import torch
import torch.nn.functional as F

from masking.models.endings import last_operation

Y = torch.linspace(-0.2, 0.3, 6).reshape(6, 1)


@pytest.mark.parametrize(
    ("end", "name"),
    [
        (lambda y: y * 2, "mul"),
        (torch.sigmoid, "sigmoid"),
        (lambda y: torch.sigmoid(y)[:, 0], "sigmoid"),
        (lambda y: torch.sigmoid(y).squeeze(1).unsqueeze(0).view(6), "sigmoid"),
        (lambda y: (y * 1).sigmoid_(), "sigmoid"),
        (lambda y: y.double().sigmoid().float().clone(), "sigmoid"),
        (lambda y: 1 - y.sigmoid(), "rsub"),
        (F.hardsigmoid, "hardsigmoid"),
        (F.logsigmoid, "log_sigmoid_forward"),
        (lambda y: y.softmax(1).flatten(), "_softmax"),
        (lambda y: F.log_softmax(y, 1), "_log_softmax"),
    ],
)
def test_the_operation_behind_views_and_copies_is_named(end, name):
    assert last_operation(lambda: end(Y)) == name


def test_nothing_is_known_of_a_tensor_that_no_operation_made():
    assert last_operation(lambda: Y) == ""
