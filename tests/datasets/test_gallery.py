import socket

import pytest
import torch

from masking import Mask, load_classifier
from masking.datasets.gallery import SCENES, first_sample, open_sample, samples
from masking.datasets.silhouettes.render import World, render
from masking.image import to_image, to_picture
from masking.models.picture_kinds import PictureKind

PHOTOGRAPHS = ("chelsea", "coffee", "astronaut", "rocket", "brick", "camera")


@pytest.fixture
def offline(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the gallery went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("name", samples())
@pytest.mark.usefixtures("offline")
def test_every_sample_opens_without_a_network(name):
    picture = open_sample(name)
    assert picture.mode == "RGB"
    assert min(picture.size) >= 200
    assert len(picture.getcolors(maxcolors=2**24)) > 50


@pytest.mark.parametrize("name", samples())
def test_every_sample_has_a_title_and_thanks_somebody(name):
    sample = samples()[name]
    assert sample.name == name
    assert sample.title
    assert len(sample.credit) > 10


def test_photographs_come_first_the_cat_above_all_then_a_scene_of_each_class():
    scenes = [sample for sample in samples().values() if sample.name.startswith("scene-")]
    assert list(samples().values())[len(PHOTOGRAPHS) :] == scenes
    assert first_sample(PictureKind.PHOTOGRAPH).name == next(iter(samples())) == "chelsea"
    assert first_sample(PictureKind.DRAWN) == scenes[0]
    assert sorted(sample.title.rpartition(" ")[2] for sample in scenes) == sorted(World().classes)
    assert set(samples()) - {sample.name for sample in scenes} == set(PHOTOGRAPHS)


def test_every_scene_has_the_mask_of_its_object():
    for sample in samples().values():
        if sample.object_mask is None:
            assert sample.name in PHOTOGRAPHS
            continue
        mask = Mask.from_png(sample.object_mask.read_bytes())
        picture = open_sample(sample.name)
        assert mask.size == (picture.height, picture.width)
        assert 0.02 < mask.hidden_share < 0.6
    assert SCENES.is_dir()


def test_an_unknown_sample_offers_near_ones():
    with pytest.raises(KeyError, match="there is no sample 'chelsae'; did you mean chelsea"):
        open_sample("chelsae")


def test_every_photograph_names_its_licence():
    for name in PHOTOGRAPHS:
        assert samples()[name].credit.partition("via scikit-image")[0].endswith(("CC0, ", "public domain, "))


def test_a_sample_that_was_removed_says_why():
    with pytest.raises(KeyError, match="'stereo_motorcycle' was removed: it names no licence; take another picture"):
        open_sample("stereo_motorcycle")


def test_hiding_a_scenes_object_leaves_nothing_of_it_in_any_frame():
    sample = next(sample for sample in samples().values() if sample.object_mask is not None)
    name, data = sample.name, sample.object_mask.read_bytes()
    seed = int(name.removeprefix("scene-"))
    scene = render(World(size=224), [seed])
    for classifier in (load_classifier("silhouettes/resnet"), load_classifier("squeezenet1_1", weights="untrained")):
        mask = classifier.prepare_mask(data, Mask.from_png(data).size)
        recoloured = scene.images.where(~scene.objects, 1 - scene.images)
        before, after = (classifier.prepare(to_picture(images)) for images in (scene.images, recoloured))
        visible = mask.keep.expand_as(before)
        assert torch.equal(before[visible], after[visible])
        assert not torch.equal(before, after)


def test_bundled_scenes_are_what_the_renderer_draws():
    for name in ("scene-000", "scene-013"):
        rendered = to_picture(render(World(size=224), [int(name.removeprefix("scene-"))]).images)
        difference = to_image(rendered) - to_image(open_sample(name))
        assert difference.abs().max() <= 1.5 / 255  # rounding may differ between machines
