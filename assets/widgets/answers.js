// The answers to many masks, filling up one after the other beside the class entropy so far; and all methods in a table.
// Everything is in the data. The cells are complete at once for people who ask for less motion, and in a file.
const BEAT = 45; // milliseconds per answer
const SVG = "http://www.w3.org/2000/svg";
const LINE = { width: 200, height: 52 };

const isCalm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches || location.protocol === "file:";

const make = (parent, tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
};

const draw = (parent, tag, attributes) => {
  const node = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  parent.append(node);
  return node;
};

// Classes come with the most frequent first: a letter each, the rest in common.
const letterOf = (rank, data) => (rank < data.letters ? String.fromCharCode(65 + rank) : "·");
const lookOf = (rank, data) => {
  if (data.classes[rank].is_object) return "mx-answer-object";
  return rank < data.letters ? `mx-answer-${Math.min(rank, 3)}` : "mx-answer-rest";
};

function buildCells(root, data) {
  const grid = make(root, "div", "mx-answer-grid");
  grid.setAttribute("role", "img");
  grid.setAttribute("aria-label", `${data.words.grid}: ${data.legend}`);
  const cells = data.cells.map((rank) => {
    const cell = make(grid, "span", "", "");
    cell.title = data.classes[rank].name;
    return cell;
  });
  return (shown) => cells.forEach((cell, place) => {
    const rank = data.cells[place];
    cell.className = place < shown ? lookOf(rank, data) : "";
    cell.textContent = place < shown ? letterOf(rank, data) : "";
  });
}

function buildLegend(root, data) {
  const list = make(root, "ul", "mx-answer-legend");
  const entries = data.classes.slice(0, data.letters).map((each, rank) => {
    const item = make(list, "li");
    make(item, "i", lookOf(rank, data), letterOf(rank, data)).setAttribute("aria-hidden", "true");
    make(item, "span", "", each.name);
    return [make(item, "b"), (cell) => cell === rank];
  });
  if (data.classes.length > data.letters) {
    const item = make(list, "li");
    make(item, "i", "mx-answer-rest", "·").setAttribute("aria-hidden", "true");
    make(item, "span", "", data.words.others);
    entries.push([make(item, "b"), (cell) => cell >= data.letters]);
  }
  return (shown) => entries.forEach(([count, belongs]) => {
    count.textContent = data.cells.slice(0, shown).filter(belongs).length;
  });
}

function buildEntropy(root, data) {
  const box = make(root, "div", "mx-answer-entropy");
  make(box, "small", "", data.words.so_far);
  const number = make(box, "p");
  const value = make(number, "b");
  make(number, "span", "", ` ${data.words.bits}`);
  const button = make(number, "button", "mx-answer-play");
  button.type = "button";
  const { width, height } = LINE;
  const svg = draw(box, "svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": data.words.line });
  const top = Math.max(...data.bits, 1);
  draw(svg, "line", { x1: 0, x2: width, y1: height - 1, y2: height - 1, class: "mx-answer-axis" });
  const line = draw(svg, "polyline", { class: "mx-answer-line" });
  const end = draw(svg, "circle", { r: 3, class: "mx-answer-end" });
  line.style.stroke = end.style.fill = data.methods.find((each) => each.is_current).colour;
  const points = data.bits.map((bits, at) => [
    4 + (at / (data.bits.length - 1)) * (width - 8),
    height - 5 - (bits / top) * (height - 12),
  ]);
  return [button, (shown) => {
    value.textContent = shown ? data.numbers[shown - 1] : "–";
    line.setAttribute("points", points.slice(0, shown).map((point) => point.join()).join(" "));
    const [x, y] = points[Math.max(shown - 1, 0)];
    end.setAttribute("cx", x);
    end.setAttribute("cy", y);
  }];
}

function buildTable(root, data) {
  const { words, methods } = data;
  const table = make(make(root, "div", "mx-answer-methods"), "table");
  const head = make(make(table, "thead"), "tr");
  const [, , still] = [words.method, words.table, words.still, words.most_often].map((title) => {
    const cell = make(head, "th", "", title);
    cell.scope = "col";
    return cell;
  });
  still.prepend(make(still, "i", "mx-answer-object"));
  const body = make(table, "tbody");
  methods.forEach((each) => {
    const row = make(body, "tr", each.is_current ? "mx-answer-current" : "");
    if (each.is_current) row.setAttribute("aria-current", "true");
    make(row, "th", "", each.title).scope = "row";
    const bits = make(make(row, "td"), "div", "mx-answer-bits");
    const bar = make(make(bits, "span"), "i");
    bar.style.width = `${100 * each.share}%`;
    bar.style.background = each.colour;
    make(bits, "b", "", each.bits);
    make(row, "td", "mx-answer-count", each.still);
    make(row, "td", "mx-answer-most", each.most_often);
  });
}

function build(root, data) {
  const total = data.cells.length;
  const refresh = [];
  const left = make(root, "div", "mx-answer-left");
  refresh.push(buildCells(left, data));
  const side = make(left, "div", "mx-answer-side");
  refresh.push(buildLegend(side, data));
  const [button, refreshEntropy] = buildEntropy(side, data);
  refresh.push(refreshEntropy);
  buildTable(root, data);

  let timer = 0;
  let shown = total;
  const show = (count) => {
    shown = count;
    refresh.forEach((each) => each(shown));
    button.textContent = timer ? data.words.all : data.words.play;
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
  };
  const step = () => {
    if (shown + 1 >= total || !root.isConnected) stop();
    show(shown + 1);
  };
  const play = () => {
    timer = setInterval(step, BEAT);
    show(0);
  };
  const finish = () => {
    stop();
    show(total);
  };
  button.onclick = () => (timer ? finish() : play());
  if (isCalm()) finish();
  else play();
  return finish;
}

export default function ({ data, parentElement }) {
  const before = parentElement.mxAnswers;
  if (before && before.digest === data.digest && before.root.isConnected) return;
  if (before) {
    before.finish();
    before.root.remove();
  }
  const root = make(parentElement, "figure", "mx-answers");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.alt);
  parentElement.mxAnswers = { digest: data.digest, root, finish: build(root, data) };
}
