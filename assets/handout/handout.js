// What the style sheet of a handout cannot do: figures that answer for themselves, and all answers open on paper.
const widgets = window.mxWidgets ?? {};
const drawn = new WeakSet();

// A figure is drawn when it is first in sight: one in a closed fold has no size yet.
const draw = () => {
  for (const place of document.querySelectorAll(".widget")) {
    if (drawn.has(place) || !place.getClientRects().length) continue;
    drawn.add(place);
    const [words, source] = place.children;
    const figure = document.createElement("div");
    place.append(figure);
    try {
      const data = JSON.parse(source.textContent);
      widgets[place.dataset.widget]({ data, parentElement: figure, key: "", name: place.dataset.widget, setStateValue() {}, setTriggerValue() {} });
      words.remove();
    } catch (error) {
      figure.remove();
      console.error(error);
    }
  }
};

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open], .folded)")];
  closed.forEach((fold) => { fold.open = true; });
  draw();
});
addEventListener("afterprint", () => closed.forEach((fold) => { fold.open = false; }));
addEventListener("toggle", draw, true);
addEventListener("change", draw);
draw();
