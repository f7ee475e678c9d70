import pytest
import torch

from masking.measures import leaked_bits
from masking.measures.readout import read_out

CLASSES, SCENES = 8, 640


def scenes(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Classes and logits that know nothing of them."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(CLASSES, (SCENES,), generator=generator), torch.randn(SCENES, CLASSES, generator=generator)


def test_noise_is_not_read():
    estimates = [leaked_bits(truth, read_out(truth, logits), resamples=100) for truth, logits in map(scenes, range(30))]
    assert sum(estimate.low == 0 for estimate in estimates) >= 27
    assert sum(estimate.value for estimate in estimates) / len(estimates) < 0.02


def test_a_class_hidden_in_one_logit_is_found():
    truth, logits = scenes(0)
    logits[:, 3] += 6 * truth
    assert (logits.argmax(1) == 3).double().mean() > 0.8
    assert (read_out(truth, logits) == truth).double().mean() > 0.35  # one number's parabola: three classes
    logits[torch.arange(SCENES), truth] += 5
    assert (read_out(truth, logits) == truth).double().mean() > 0.9


def test_a_class_in_the_size_of_a_logit_whatever_its_sign():
    truth, logits = scenes(1)
    two = truth % 2
    logits[:, 0] *= 1 + 20 * two
    assert (read_out(two, logits) == two).double().mean() > 0.65


def test_labels_keep_their_names_and_no_scene_is_read_with_its_own_answer():
    truth, logits = scenes(2)
    named = read_out(truth * 10 + 5, logits)
    assert set(named.tolist()) <= {10 * category + 5 for category in range(CLASSES)}
    logits[0, 0] = 1000.0  # an oddity of one scene only: learned from it, it would name its class
    first, second = (read_out(torch.cat([torch.tensor([label]), truth[1:]]), logits)[0] for label in (0, 1))
    assert first == second


def test_it_is_seeded():
    truth, logits = scenes(3)
    assert torch.equal(read_out(truth, logits), read_out(truth, logits))


def test_constant_logits_are_no_error():
    truth, _ = scenes(4)
    assert read_out(truth, torch.zeros(SCENES, CLASSES)).shape == (SCENES,)


@pytest.mark.parametrize(("labels", "answers"), [(7, 7), (20, 19)])
def test_too_few_scenes_are_refused(labels, answers):
    with pytest.raises(ValueError, match=f"{answers} logits for {labels} scenes"):
        read_out(torch.zeros(labels, dtype=torch.long), torch.zeros(answers, 3))
