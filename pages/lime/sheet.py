"""The explanations as one sheet, for PNG and SVG: it says what is explained, what colours mean and how far to trust."""

from collections.abc import Mapping

from masking.attribution import LimeExplanation
from masking.attribution.heat_overlay import BLUE, RED
from masking.image import to_picture
from masking.models.classifier import Classifier
from masking.results.sheet import BODY, GAP, HEADING, RULE, SMALL, TITLE, Layout, TextStyle
from pages.components.numbers import number, percent
from pages.lime.cards import STRONGEST, Drawing, scale_picture
from pages.lime.segments import PictureSegments
from pages.lime.text import FORM, describe_sampling, describe_stability, judge_fit, position, scale_limit

SIDE, BAR = 256, 17
"""Width of a panel and height of a bar."""
PALE = 0.55
"""Share of white in the colour of a bar, so that text on it can be read."""
COLOURS_MEAN = (
    "Red segments speak for the class, blue ones against it; grey ones hardly matter. All pictures share this scale. "
    "It shows how much a visible segment adds to the probability."
)


def describe_run(
    explanations: Mapping[str, LimeExplanation], picture: str, classifier: Classifier, segments: PictureSegments
) -> str:
    """Return what was explained and how, as sentences: picture, classifier, class, samples and segments."""
    first = next(iter(explanations.values()))
    origin = "a label map" if segments.made_by is None else segments.made_by.title
    design = describe_sampling(first.settings, first.samples, segments.count)
    text = (
        f"Picture: {picture}. Classifier: {classifier.name}. Explained class: {first.category}, "
        f"{percent(float(first.probabilities[0]))} for the whole picture. {segments.count} segments by {origin}; "
        f"{first.settings.samples} samples under each method, seed {first.settings.seed}. {design}"
    )
    return text.rstrip()


def draw_sheet(
    explanations: Mapping[str, LimeExplanation], drawing: Drawing, findings: str, description: str
) -> Layout:
    """Draw the tinted pictures side by side with their strongest segments, on the scale that they share."""
    limit = scale_limit(list(explanations.values()))
    columns = max(2, len(explanations))
    layout = Layout(GAP + columns * (SIDE + GAP))
    width = layout.width - 2 * GAP
    first = next(iter(explanations.values()))
    top = layout.write(f"LIME: which segments speak for “{first.short_category}”?", GAP, GAP, width, HEADING)
    top = layout.write(findings, GAP, top + 4, width, BODY)
    top = layout.write(description, GAP, top + 4, width, SMALL) + GAP
    bottoms = [
        _draw_panel(layout, explanation, drawing, limit, GAP + column * (SIDE + GAP), top)
        for column, explanation in enumerate(explanations.values())
    ]
    top = _draw_scale(layout, drawing, limit, max(bottoms) + GAP)
    layout.write(f"{COLOURS_MEAN} {judge_fit(explanations)}", GAP, top + 4, width, SMALL)
    return layout


def _draw_panel(
    layout: Layout, explanation: LimeExplanation, drawing: Drawing, limit: float, left: float, top: float
) -> float:
    """Draw one method's title, tinted picture, strongest segments and fit; return the lower edge."""
    top = layout.write(explanation.title, left, top, SIDE, TITLE, lines=1) + 4
    picture = to_picture(drawing.picture(explanation, limit))
    alt = f"the picture tinted by the weights under {explanation.title}"
    top = layout.paste(picture, left, top, SIDE, SIDE, alt) + 6
    for segment in drawing.strongest(explanation, limit)[:STRONGEST]:
        top = _draw_bar(layout, explanation, segment, limit, left, top)
    fit = f"R² in samples not fitted to: {number(explanation.r2_held_out, '.2f')}."
    if explanation.samples < explanation.settings.samples and not explanation.stopped:
        fit += f" Cancelled after {explanation.samples} samples."
    elif stability := describe_stability(explanation):
        fit += f" {stability}"
    return layout.write(fit, left, top + 4, SIDE, SMALL)


def _draw_bar(
    layout: Layout, explanation: LimeExplanation, segment: int, limit: float, left: float, top: float
) -> float:
    weight = float(explanation.coefficients[segment])
    layout.fill(left, top, SIDE, BAR, "#f3f5f8")
    layout.fill(left, top, max(2.0, SIDE * min(abs(weight) / limit, 1)), BAR, _pale(RED if weight > 0 else BLUE))
    style = TextStyle(12)
    layout.write_right(number(weight, FORM), left + SIDE - 4, top, style)
    layout.write(f"{segment} · {position(explanation.segments, segment)}", left + 4, top, SIDE - 60, style, 1)
    return top + BAR + 2


def _draw_scale(layout: Layout, drawing: Drawing, limit: float, top: float) -> float:
    """Draw the colour scale with its ends; return the lower edge."""
    top = layout.write("Effect on the probability", GAP, top, SIDE, TextStyle(12, bold=True)) + 2
    colours = to_picture(scale_picture(limit, drawing)).resize((4 * SIDE, 4 * BAR))
    layout.fill(GAP - 1, top - 1, SIDE + 2, 4 * BAR * SIDE / (4 * SIDE) + 2, RULE)
    top = layout.paste(colours, GAP, top, SIDE, BAR, "the colour scale") + 2
    style = TextStyle(12)
    layout.write(number(-limit, "+.2g"), GAP, top, SIDE, style)
    layout.write("0", GAP + SIDE / 2 - 4, top, SIDE, style)
    layout.write_right(number(limit, "+.2g"), GAP + SIDE, top, style)
    return top + style.line


def _pale(colour: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(255 * (part + (1 - part) * PALE)):02x}" for part in colour)
