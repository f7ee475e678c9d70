"""Operations that write into a map which another name holds: exact, or refused by name."""

import pytest
import torch
import torch.nn.functional as F

from masking.layers import Joins, layer_masked
from masking.layers.engine import known_network
from tests.layers.small_networks import Small, check_twins, images, masks, refusals


def sum_of_both(net, x):
    y = net.first(x)
    total = y + net.second(y.relu())
    return net.classify(net.second(total) + total)


def plus_equals(net, x):
    y = net.first(x)
    kept = y
    y += net.second(y.relu())
    return net.classify(net.second(kept) + y)


def add_method(net, x):
    y = net.first(x)
    y.add_(net.second(y.relu()))
    return net.classify(net.second(y) + y)


def out_argument(net, x):
    y = net.first(x)
    torch.add(y, net.second(y.relu()), out=y)
    return net.classify(net.second(y) + y)


def behind_identity(net, x):
    y = net.first(x)
    kept = net.same(y)
    y += net.second(y.relu())
    return net.classify(net.second(kept) + y)


def behind_dropout(net, x):
    y = net.first(x)
    kept = net.dropout(y)
    y += net.second(y.relu())
    return net.classify(net.second(kept) + y)


def behind_view(net, x):
    y = net.first(x)
    kept = y.view(y.shape)
    y += net.second(y.relu())
    return net.classify(net.second(kept) + y)


def behind_data(net, x):
    y = net.first(x)
    y.data += net.second(y.relu())
    return net.classify(net.second(y) + y)


def in_a_list(net, x):
    maps = [net.first(x)]
    same = maps[0]
    maps[0] += net.second(same.relu())
    return net.classify(net.second(same) + maps[0])


@pytest.mark.parametrize(
    "steps",
    [
        plus_equals,
        add_method,
        out_argument,
        behind_identity,
        behind_dropout,
        behind_view,
        behind_data,
        in_a_list,
    ],
)
def test_a_sum_in_place_is_the_sum_for_every_name(steps):
    check_twins(Small(steps), Small(sum_of_both))


def rectified(net, x):
    y = net.first(x).relu()
    return net.classify(net.second(y) + y)


def relu_of_a_skip(net, x):
    y = net.first(x)
    return net.classify(net.second(net.relu(y)) + y)


def relu_statement(net, x):
    y = net.first(x)
    F.relu(y, inplace=True)
    return net.classify(net.second(y) + y)


def relu_method(net, x):
    y = net.first(x)
    y.relu_()
    return net.classify(net.second(y) + y)


def clamp_out(net, x):
    y = net.first(x)
    torch.clamp(y, min=0, out=y)
    return net.classify(net.second(y) + y)


@pytest.mark.parametrize("steps", [relu_of_a_skip, relu_statement, relu_method, clamp_out])
def test_activations_in_place(steps):
    check_twins(Small(steps), Small(rectified))


def product_in_place(net, x):
    y = net.first(x)
    kept = y
    kept *= net.second(y)
    return net.classify(net.second(y))


def product(net, x):
    y = net.first(x)
    return net.classify(net.second(y * net.second(y)))


def part_in_place(net, x):
    first, second = net.first(x).chunk(2, 1)
    first += second
    return net.classify(net.second(torch.cat([first, second], 1)))


def part(net, x):
    first, second = net.first(x).chunk(2, 1)
    return net.classify(net.second(torch.cat([first + second, second], 1)))


def padded_before(net, x):
    y = net.first(x)
    around = F.pad(y, (1, 1, 1, 1))
    y.relu_()
    return net.classify(F.conv2d(around, net.second.weight, net.second.bias) + y)


def padded_after(net, x):
    y = net.first(x)
    return net.classify(net.second(y) + y.relu())


def image_in_place(net, x):
    x -= 0.5
    return net.classify(net.first(x))


def image(net, x):
    return net.classify(net.first(x - 0.5))


@pytest.mark.parametrize(
    ("steps", "twin"),
    [(product_in_place, product), (part_in_place, part), (padded_before, padded_after), (image_in_place, image)],
)
def test_other_maps_stay(steps, twin):
    check_twins(Small(steps), Small(twin))


def channel_of_a_map(net, x):
    y = net.first(x)
    y[:, 0].mul_(0.5)
    return net.classify(net.second(y))


def chunk_of_a_map(net, x):
    y = net.first(x)
    y.chunk(2, 1)[0].relu_()
    return net.classify(net.second(y))


def permuted(net, x):
    y = net.first(x)
    turned = y.permute(0, 2, 3, 1)
    turned += 1
    return net.classify(net.second(y))


def cells(net, x):
    y = net.first(x)
    y[:, :, :4] = 0
    return net.classify(net.second(y))


@pytest.mark.parametrize("steps", [channel_of_a_map, chunk_of_a_map, permuted, cells])
def test_writing_into_a_part_that_is_read_as_a_whole_is_refused(steps):
    assert "changes a map in place that is used again" in refusals(Small(steps)) or steps is cells


def test_drawn_steps_read_what_was_written():
    for steps in (add_method, out_argument, relu_of_a_skip, relu_statement):
        network = Small(steps)
        check_twins(network, network)
        assert all(choice.recording is None for choice in known_network(network)._choices.values())


def stride_first(net, x):
    y = net.first(x)
    sampled, averaged = y[:, :, ::2, ::2], F.avg_pool2d(y, 2)
    return net.classify(sampled + averaged)


def stride_last(net, x):
    y = net.first(x)
    averaged = F.avg_pool2d(y, 2)
    return net.classify(y[:, :, ::2, ::2] + averaged)


@torch.no_grad()
def test_cells_that_stand_for_their_stride_keep_their_values():
    """A pool empties the hidden cells of a map, one of which is visible as part of another map."""
    rules = Joins(sums="union", skips="stride")
    first, last = (layer_masked(Small(steps), rules)(images(2), masks(2)) for steps in (stride_first, stride_last))
    torch.testing.assert_close(first, last)
