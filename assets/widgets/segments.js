// One picture explained under several methods: the same segments, tinted on one scale, and the samples behind one of
// them. The browser computes nothing: weights, means and their words are the library's.
const SVG = "http://www.w3.org/2000/svg";
const DOTS = { width: 130, row: 32, radius: 1.8, spread: 11 };

const make = (parent, tag, name, text) => {
  const node = parent.appendChild(document.createElement(tag));
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};
const draw = (parent, tag, attributes) => {
  const node = parent.appendChild(document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};

// The picture with its segments; returns what outlines one of them.
function drawPicture(parent, data, method, select) {
  const box = `0 0 ${data.width} ${data.height}`;
  const picture = draw(parent, "svg", { viewBox: box, class: "mx-segments-picture", "aria-hidden": "true" });
  draw(picture, "image", { href: data.picture, width: data.width, height: data.height });
  data.areas.forEach((path, segment) => {
    const [side, opacity] = method.tints[segment];
    const area = draw(picture, "path", {
      d: path, fill: data.colours[side], "fill-opacity": opacity, "shape-rendering": "crispEdges",
    });
    draw(area, "title", {}).textContent = `${data.names[segment]}: ${method.weights[segment]}`;
    area.addEventListener("click", () => select(segment));
  });
  draw(picture, "path", { d: data.borders, class: "mx-segments-borders" });
  const outline = draw(picture, "g", { transform: "translate(-1 -1)", class: "mx-segments-outline" });
  const lines = ["mx-segments-halo", "mx-segments-line"].map((name) => draw(outline, "path", { class: name }));
  return (segment) => lines.forEach((line) => line.setAttribute("d", data.outlines[segment]));
}

// The samples that show a segment above those that hide it, each a dot at its probability; their means as bars.
function drawSamples(parent, data, method) {
  const height = 2 * DOTS.row;
  const rows = make(parent, "div", "mx-segments-samples");
  const labels = make(rows, "div", "mx-segments-labels");
  const words = [data.words.shown, data.words.hidden].map((word) => {
    const label = make(labels, "p");
    make(label, "span", "", `${word} `);
    return make(label, "b");
  });
  const plot = draw(rows, "svg", { viewBox: `0 0 ${DOTS.width} ${height}`, "aria-hidden": "true" });
  draw(plot, "path", { d: `M0 ${DOTS.row}H${DOTS.width}`, class: "mx-segments-middle" });
  const place = (answer) => 4 + (DOTS.width - 8) * (answer / (data.end || 1));
  const dots = method.answers.map((answer) =>
    draw(plot, "circle", { cx: place(answer).toFixed(1), r: DOTS.radius, fill: method.colour, class: "mx-segments-dot" }),
  );
  const bars = words.map(() => draw(plot, "path", { class: "mx-segments-mean" }));
  const ends = make(rows, "p", "mx-segments-ends");
  data.ends.forEach((end) => make(ends, "span", "", end));
  return (segment) => {
    dots.forEach((dot, sample) => {
      const row = data.samples[sample][segment] === "1" ? 0 : 1;
      const shift = (((sample * 7) % 11) / 5 - 1) * DOTS.spread; // dots of one answer do not cover each other
      dot.setAttribute("cy", (DOTS.row * (row + 0.5) + shift).toFixed(1));
    });
    bars.forEach((bar, row) => {
      words[row].textContent = method.mean_words[segment][row];
      bar.setAttribute("d", `M${place(method.means[segment][row]).toFixed(1)} ${DOTS.row * row + 2}v${DOTS.row - 4}`);
    });
  };
}

function drawMethod(parent, data, method, select) {
  const cell = make(parent, "section", "mx-segments-method");
  const title = make(cell, "h3");
  make(title, "i").style.background = method.colour;
  title.append(method.title);
  const body = make(cell, "div", "mx-segments-body");
  const outline = drawPicture(body, data, method, select);
  const facts = make(body, "div", "mx-segments-facts");
  const fit = make(facts, "p", "mx-segments-fit");
  make(fit, "b", "", method.fit);
  make(fit, "span", "", ` ${method.meaning}`);
  const weight = make(facts, "p", "mx-segments-weight");
  const samples = drawSamples(facts, data, method);
  return (segment) => {
    outline(segment);
    samples(segment);
    weight.textContent = `${data.words.weight} ${method.weights[segment]}`;
  };
}

function drawScale(parent, data) {
  const scale = make(parent, "div", "mx-segments-scale");
  make(scale, "span", "", `${data.words.against} −${data.limit}`);
  make(scale, "i").style.background = `linear-gradient(90deg, ${data.colours[0]}, #b0b0b0, ${data.colours[1]})`;
  make(scale, "span", "", `+${data.limit} ${data.words.supports}`);
}

function build(root, data, selected) {
  let current = data.names[selected] === undefined ? data.selected : selected;
  root.replaceChildren();
  const bar = make(root, "div", "mx-segments-bar");
  const [back, name, on] = ["button", "output", "button"].map((tag) => make(bar, tag));
  const hint = make(bar, "span", "mx-segments-hint", data.words.hint);
  const updates = [];
  const select = (segment) => {
    current = segment;
    root.dataset.selected = segment;
    name.textContent = data.names[segment];
    updates.forEach((update) => update(segment));
  };
  const step = (by) => select((current + by + data.names.length) % data.names.length);
  for (const [button, sign, by, word] of [[back, "‹", -1, "previous"], [on, "›", 1, "next"]]) {
    button.type = "button";
    button.textContent = sign;
    button.setAttribute("aria-label", data.words[word]);
    button.addEventListener("click", () => step(by));
  }
  bar.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    step(by);
  });
  const methods = make(root, "div", "mx-segments-methods");
  updates.push(...data.methods.map((method) => drawMethod(methods, data, method, select)));
  drawScale(root, data);
  make(root, "p", "mx-segments-axis", data.words.axis);
  select(current);
}

export default function ({ data, parentElement }) {
  let root = parentElement.querySelector(".mx-segments");
  if (!root) {
    root = document.createElement("div");
    root.className = "mx-segments";
    root.setAttribute("role", "group");
    parentElement.append(root);
  }
  if (root.dataset.digest === data.digest) return;
  root.dataset.digest = data.digest;
  root.setAttribute("aria-label", data.alt);
  build(root, data, Number(root.dataset.selected ?? data.selected));
}
