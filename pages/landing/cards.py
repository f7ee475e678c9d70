"""An exhibit as HTML: the verdict in words and one card for each method."""

import html

from pages.landing.exhibit import Card, Exhibit


def percent(share: float) -> str:
    """Return a share (0 … 1) as a percentage, such as `92.0 %`."""
    return f"{100 * share:.1f} %"


def exhibit_html(exhibit: Exhibit, note: str, origin: str, waiting: bool = False) -> str:
    """Return the verdict as one paragraph, the cards, and where they come from.

    Args:
        exhibit: the picture under each method.
        note: stands before the verdict.
        origin: says whether the cards are stored or computed here.
        waiting: greys the cards out: they belong to settings that have changed since.
    """
    cards = "".join(_card_html(card, exhibit.object_name) for card in exhibit.cards)
    faded, classifier = " mx-waiting" if waiting else "", html.escape(str(exhibit.manifest["classifier"]))
    reading = "…" if waiting else html.escape(f"{note} {exhibit.sentence}")
    return (
        f"<p class='mx-reading' role='status'>{reading}</p>"
        f"<ul class='mx-exhibit{faded}' aria-label='Answers by masking method'>{cards}</ul>"
        f"<p class='mx-origin'>{html.escape(origin)} Network: {classifier}.</p>"
    )


def _card_html(card: Card, object_name: str) -> str:
    title = html.escape(card.title)
    shown = f"what the network sees under {title.lower()}" if card.word else "the whole picture"
    swatch = f"<i class='mx-swatch' style='background:{html.escape(card.colour)}'></i>" if card.colour else ""
    return (
        f"<li><h3>{swatch}{title}</h3><img alt='{shown}' src='{card.source}'>"
        f"<p class='mx-says'><b>“{html.escape(card.says)}”</b>{_badge(card)}</p>"
        f"<div class='mx-bar mx-original'><i style='width:{card.probability:.1%}'></i>"
        f"<span>{html.escape(object_name)}</span><b>{percent(card.probability)}</b></div></li>"
    )


def _badge(card: Card) -> str:
    """Return the verdict as the cards of other pages show it: a word with a sign, its sentence as the tooltip."""
    if not card.word:
        return ""
    return (
        f"<span class='mx-badge mx-{html.escape(card.kind)}' title='{html.escape(card.verdict, quote=True)}'>"
        f"<i aria-hidden='true'>{html.escape(card.sign)}</i>{html.escape(card.word)}</span>"
    )
