"""What a trace says in words."""

from masking import METHODS, Mask
from masking.datasets.silhouettes.worlds import World
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.layer_trace import FILLED, INPUT, MASKED, PLAIN, trace_layers
from masking.masks.shares import share_text


def test_sentences(bundled, photograph):
    image = bundled.prepare(photograph)
    size = bundled.input_size
    some = trace_layers(bundled, image, Mask.random_patches(size, 0.5, 16, 0))
    assert some.mean_distance(MASKED) < 0.9 * some.mean_distance(FILLED)
    assert f"is off by {some.mean_distance(FILLED):.2f} " in some.sentence
    assert "The paint leaks into its surroundings." in some.sentence
    assert some.answers[PLAIN].name in some.sentence
    assert some.nothing_left is None
    assert trace_layers(bundled, image, Mask.full(size)).sentence.startswith("Nothing is hidden")
    nothing = trace_layers(bundled, image, Mask.empty(size))
    assert nothing.sentence.startswith("Everything is hidden")
    assert nothing.nothing_left == INPUT
    assert all(layer.view.statistics is None for layer in nothing.layers if layer.view.is_map)


def test_a_mask_that_hides_the_whole_object_is_said_to_show_nothing_of_the_paint(bundled):
    scene = rendered_scenes(World(), 1).read(bundled, 0, 1)
    hides_object = Mask(~scene.objects)
    trace = trace_layers(bundled, scene.images, hides_object, known_object=hides_object)
    assert trace.object_visible == 0
    assert not trace.tells_apart
    assert "The whole star is hidden, so any fair run must be off" in trace.sentence
    assert "Nothing of the star is visible." in trace.sentence
    patches = Mask.random_patches(bundled.input_size, 0.5, 16, 0)
    trace = trace_layers(bundled, scene.images, patches, known_object=hides_object)
    assert trace.tells_apart
    assert f"{share_text(trace.object_visible, 0)} of the star is visible." in trace.sentence
    assert trace_layers(bundled, scene.images, patches).object_visible is None


def test_an_object_that_the_network_does_not_name_is_not_known(bundled):
    scene = rendered_scenes(World(), 1).read(bundled, 0, 1)
    hides_object = Mask(~scene.objects)
    for name, visible in (("star", 0.0), ("mug", None), ("pinwheel", None)):
        trace = trace_layers(bundled, scene.images, hides_object, known_object=hides_object, object_class=name)
        assert trace.object_visible == visible


def test_a_crumb_that_the_skips_pass_over_is_no_guess_of_layer_masking(bundled):
    scene = rendered_scenes(World(), 1).read(bundled, 0, 1)
    method, size = METHODS["layer_masking"](), bundled.input_size
    crumbs = [~Mask.box(size, 50, column, 1, 1) for column in range(50, 58)]
    crumb = next(mask for mask in crumbs if method.blind(bundled, scene.images, mask).item())
    trace = trace_layers(bundled, scene.images, crumb)
    assert trace.is_blind
    assert "Layer masking sees nothing at all" in trace.sentence


def test_a_fill_that_lets_the_object_through_is_not_said_to_leak(bundled):
    scene = rendered_scenes(World(), 1).read(bundled, 0, 1)
    hides_object = Mask(~scene.objects)
    trace = trace_layers(bundled, scene.images, hides_object, "blur", known_object=hides_object)
    assert "Under blur some of the hidden part shows through." in trace.sentence
