// One window of the first convolution on its way over an edge of the hole, with its numbers in three runs. The browser
// computes nothing that counts: cells, contributions and answers are the library's.
const BEAT = 1100; // milliseconds per step
const CALM_BEAT = 2600; // the same for people who ask for less motion
const GRID = 126; // points per side of a grid
const READABLE = 34; // points per cell that a number needs
const OUTSIDE = -2, UNREACHED = -1;
const SVG = "http://www.w3.org/2000/svg";

const calm = typeof window.matchMedia === "function" && window.matchMedia("(prefers-reduced-motion: reduce)");

const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};
const draw = (parent, tag, attributes) => {
  const node = parent.appendChild(document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const isDark = (pixel) => {
  const [r, g, b] = [0, 2, 4].map((i) => (parseInt(pixel.slice(i, i + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.18;
};

function build(root, data, held) {
  const { words, stops, runs, kernel, dilation, rounds } = data;
  const [height, width] = kernel;
  const number = (value, digits = 2) => {
    const text = value.toFixed(digits);
    return (Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−")).replace(".", data.decimal);
  };
  const small = Math.max(0, ...stops.flatMap((stop) => Object.values(stop.answers)).map((it) => Math.abs(it ?? 0))) < 0.1;
  const value = (it) => number(it, small ? 3 : 2);

  // The cell of the strip that stands at a row and a column of a stop's window.
  const cellAt = (stop, y, x) => [stop.row - data.top + y * dilation[0], stop.column - data.left + x * dilation[1]];
  const inWindow = (stop) => {
    const all = [];
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) all.push([y, x, ...cellAt(stop, y, x)]);
    return all;
  };
  const roundsOf = (stop) => inWindow(stop).map(([, , row, column]) => rounds[row][column]);
  // The frames of the film: a window without hidden cells has one; one across the edge begins with hidden cells left
  // out, and fills them round by round.
  const frames = stops.flatMap((stop, place) => {
    const last = stop.answers.masked === null ? 0 : Math.max(0, ...roundsOf(stop));
    return Array.from({ length: last + 1 }, (_, round) => ({ place, round, last }));
  });
  const lastFrameOf = (place) => frames.findLastIndex((frame) => frame.place === place);
  const firstFrameOf = (place) => frames.findIndex((frame) => frame.place === place);

  // --- the parts of the figure ---
  const main = make("div", "mx-window-main");
  const where = main.appendChild(make("div", "mx-window-where"));
  const photo = where.appendChild(make("div", "mx-window-photo"));
  const image = photo.appendChild(make("img"));
  Object.assign(image, { src: data.picture, alt: words.mark });
  const mark = photo.appendChild(make("i"));
  const panels = runs.map((run) => panel(run));
  main.append(...panels.map((each) => each.node));
  const side = main.appendChild(make("div", "mx-window-side"));
  const chart = side.appendChild(answersChart());
  const bar = side.appendChild(make("div", "mx-window-player"));
  bar.setAttribute("role", "group");
  const [back, play, step] = ["back", "play", "step"].map((name) => {
    const button = bar.appendChild(make("button", name === "play" ? "mx-window-play" : "", words[name]));
    button.type = "button";
    return button;
  });
  const slider = side.appendChild(make("input"));
  Object.assign(slider, { type: "range", min: 0, max: stops.length - 1, step: 1 });
  slider.setAttribute("aria-label", fill(words.place, { n: "", total: stops.length }).replace(/\s+/g, " ").trim());
  const said = side.appendChild(make("p", "mx-window-said"));
  said.setAttribute("role", "status");
  const formula = make("p", "mx-window-formula");
  formula.setAttribute("aria-live", "polite");
  root.append(main, formula);
  if (data.depth.length) root.append(depthStrip());

  function panel(run) {
    const node = make("section", "mx-window-panel");
    const title = node.appendChild(make("h3"));
    const swatch = title.appendChild(make("i"));
    if (run.colour) swatch.style.background = run.colour;
    else swatch.className = "mx-window-plain";
    title.append(run.title);
    const [canvas, size] = strip(run);
    const holder = node.appendChild(make("div", "mx-window-strip"));
    holder.append(canvas);
    const frame = holder.appendChild(make("b"));
    const grid = node.appendChild(make("div", "mx-window-grid"));
    grid.setAttribute("role", "group");
    grid.setAttribute("aria-label", fill(words.grid, { title: run.title }));
    const side = Math.floor(GRID / Math.max(height, width));
    grid.style.gridTemplateColumns = `repeat(${width}, ${side}px)`;
    grid.style.gridAutoRows = `${side}px`;
    const cells = [];
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const cell = grid.appendChild(make("button"));
        cell.type = "button";
        cell.tabIndex = y || x ? -1 : 0;
        cell.onmouseenter = cell.onfocus = () => point(run, y, x);
        cell.onclick = () => point(run, y, x);
        cell.onkeydown = (event) => walkGrid(event, cells, y, x);
        cells.push(cell);
      }
    grid.onmouseleave = () => point(null);
    node.append(make("p", "mx-window-sum"), make("p", "mx-window-off"));
    return { run, node, cells, frame, size, side, sum: node.children[3], off: node.children[4] };
  }

  // Arrow keys go from cell to cell; Tab leaves the grid.
  function walkGrid(event, cells, y, x) {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const [row, column] = [y + move[0], x + move[1]];
    if (row < 0 || row >= height || column < 0 || column >= width) return;
    cells.forEach((cell) => { cell.tabIndex = -1; });
    cells[row * width + column].tabIndex = 0;
    cells[row * width + column].focus();
  }

  // All cells that the walk reads, small: here one sees the window move.
  function strip(run) {
    const [rows, columns] = [rounds.length, rounds[0].length];
    const size = Math.max(2, Math.min(8, Math.floor(176 / columns), Math.floor(120 / rows)));
    const canvas = make("canvas");
    Object.assign(canvas, { width: columns * size, height: rows * size });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", fill(words.strip, { title: run.title }));
    const pen = canvas.getContext("2d");
    run.pixels.forEach((line, y) => line.forEach((pixel, x) => {
      const hidden = rounds[y][x] === OUTSIDE || (run.name === "masked" && rounds[y][x] !== 0);
      pen.fillStyle = hidden ? "#d4d4d4" : `#${pixel}`;
      pen.fillRect(x * size, y * size, size, size);
      if (!hidden) return;
      pen.fillStyle = "#a2a2a2";
      for (let i = 0; i < size; i++) pen.fillRect(x * size + i, y * size + (size - 1 - i), 1, 2);
    }));
    return [canvas, size];
  }

  // The answers at all places: where the paint leaves the whole picture's, and whether layer masking follows it.
  function answersChart() {
    const [w, h, edge] = [216, 96, 6];
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", words.answers);
    svg.classList.add("mx-window-chart");
    const all = stops.flatMap((stop) => Object.values(stop.answers)).filter((it) => it !== null);
    const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
    const x = (place) => edge + ((w - 2 * edge) * place) / Math.max(1, stops.length - 1);
    const y = (answer) => h - edge - ((h - 2 * edge) * (answer - low)) / (high - low || 1);
    draw(svg, "line", { x1: 0, x2: w, y1: y(0), y2: y(0), class: "mx-window-zero" });
    draw(svg, "line", { x1: 0, x2: 0, y1: 0, y2: h, class: "mx-window-now" });
    runs.forEach((run) => {
      const points = stops.map((stop, place) => [x(place), stop.answers[run.name]]).filter(([, it]) => it !== null);
      const line = draw(svg, "polyline", { points: points.map(([at, it]) => `${at},${y(it)}`).join(" "), fill: "none" });
      line.style.stroke = run.colour || "currentColor";
      line.setAttribute("class", `mx-window-line mx-window-${run.name}`);
      points.forEach(([at, it]) => {
        const dot = draw(svg, "circle", { cx: at, cy: y(it), r: 2.6 });
        dot.style.fill = run.colour || "currentColor";
      });
    });
    svg.mxPlace = x;
    return svg;
  }

  function depthStrip() {
    const list = make("ol", "mx-window-depth");
    list.setAttribute("aria-label", words.depth);
    list.append(make("li", "mx-window-depth-title", words.depth));
    data.depth.forEach((stage) => {
      const item = list.appendChild(make("li"));
      const picture = item.appendChild(make("img"));
      Object.assign(picture, { src: stage.picture, alt: `${stage.title}: ${stage.share}` });
      const label = item.appendChild(make("span"));
      label.append(make("b", "", stage.title), stage.share);
    });
    return list;
  }

  // --- what is shown ---
  let at = 0, timer = 0, pointed = null;

  const isEmpty = (run, round, shown) =>
    run.name === "masked" && (round === UNREACHED || round > shown || (round > 0 && stops[frames[at].place].answers.masked === null));

  function show(wanted) {
    at = Math.max(0, Math.min(frames.length - 1, wanted));
    held.frame = at;
    const { place, round, last } = frames[at];
    const stop = stops[place];
    panels.forEach((each) => {
      inWindow(stop).forEach(([y, x, row, column], index) => {
        const cell = each.cells[index];
        const own = rounds[row][column];
        const empty = isEmpty(each.run, own, round);
        const outside = own === OUTSIDE;
        const pixel = each.run.pixels[row][column];
        cell.className = empty ? "mx-window-hidden" : outside ? "mx-window-outside" : isDark(pixel) ? "mx-window-dark" : "";
        cell.style.background = empty || outside ? "" : `#${pixel}`;
        const share = value(stop.contributions[each.run.name][y][x]);
        const roomy = each.side >= READABLE;
        cell.textContent = roomy && !empty ? share : "";
        const isFilled = each.run.name === "masked" && own > 0 && !empty;
        if (isFilled) cell.append(make("sup", "", roomy ? `${own}` : ""));
        const kind = empty ? words.left_out : outside ? words.outside : isFilled ? fill(words.filled, { number: own }) : "";
        const place = fill(words.cell, { row: y + 1, column: x + 1 });
        cell.setAttribute("aria-label", `${place}${kind ? `, ${kind}` : ""}${empty ? "" : `: ${share}`}`);
      });
      each.frame.style.cssText =
        `left:${cellAt(stop, 0, 0)[1] * each.size}px;top:${cellAt(stop, 0, 0)[0] * each.size}px;` +
        `width:${((width - 1) * dilation[1] + 1) * each.size}px;height:${((height - 1) * dilation[0] + 1) * each.size}px`;
      const answer = stop.answers[each.run.name];
      const waits = each.run.name === "masked" && round < last;
      each.sum.replaceChildren(
        make("span", "", words.sum), make("b", "", answer === null ? words.none : waits ? words.not_yet : value(answer)),
      );
      const off = answer === null || waits ? null : Math.abs(answer - stop.answers.whole);
      each.off.textContent = each.run.name === "whole" ? words.reference : off === null ? " " : fill(words.off, { value: value(off) });
      each.off.classList.toggle("mx-window-far", off !== null && off > data.unit);
    });
    mark.style.left = `${(100 * (stop.column + ((width - 1) * dilation[1] + 1) / 2)) / data.size[1]}%`;
    mark.style.top = `${(100 * (stop.row + ((height - 1) * dilation[0] + 1) / 2)) / data.size[0]}%`;
    const now = chart.querySelector(".mx-window-now");
    ["x1", "x2"].forEach((name) => now.setAttribute(name, chart.mxPlace(place)));
    slider.value = place;
    const text = fill(words.place, { n: place + 1, total: stops.length });
    slider.setAttribute("aria-valuetext", text);
    said.replaceChildren(make("b", "", text), ` ${describe(stop, round, last)}`);
    back.disabled = at === 0;
    step.disabled = at === frames.length - 1;
    point(pointed && pointed.run, pointed && pointed.y, pointed && pointed.x);
  }

  function describe(stop, round, last) {
    const inside = roundsOf(stop).filter((it) => it !== OUTSIDE);
    const counts = { visible: inside.filter((it) => it === 0).length, cells: inside.length, rounds: last, number: round };
    if (counts.visible === counts.cells) return fill(words.all_visible, counts);
    if (stop.answers.masked === null) return fill(words.all_hidden, counts);
    if (!round) return fill(words.some_hidden, counts);
    return fill(round === 1 ? words.round_one : words.round, counts);
  }

  // The sum behind one cell, with its numbers.
  function point(run, y, x) {
    pointed = run ? { run, y, x } : null;
    panels.forEach((each) => each.cells.forEach((cell, index) =>
      cell.classList.toggle("mx-window-pointed", Boolean(run) && index === y * width + x)));
    if (!run) {
      formula.textContent = (panels[0].side < READABLE ? words.hint_small : words.hint) + (data.bias ? ` ${fill(words.bias, { value: value(data.bias) })}` : "");
      return;
    }
    const { place, round } = frames[at];
    const stop = stops[place];
    const [row, column] = cellAt(stop, y, x);
    const own = rounds[row][column];
    const head = `${run.title}, ${fill(words.cell, { row: y + 1, column: x + 1 })}: `;
    if (isEmpty(run, own, round)) {
      formula.replaceChildren(make("b", "", head), words.left_out);
      return;
    }
    const colours = data.cells[run.name].map((plane) => plane[row][column]);
    const name = (i) => (colours.length === 3 ? `${data.colours[i]} ` : "");
    const terms = colours.map((it, i) => `${name(i)}${number(it)} × ${signed(data.weights[i][y][x])}`).join(" + ");
    const parts = [make("b", "", head), `${terms} = ${value(stop.contributions[run.name][y][x])}`];
    if (own === OUTSIDE) parts.push(` (${words.outside})`);
    if (run.name === "masked" && own > 0) {
      const known = [];
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) {
          const there = rounds[row + dy]?.[column + dx];
          if (there !== undefined && there >= 0 && there < own) known.push([row + dy, column + dx]);
        }
      const mean = known.map(([r, c]) => signed(data.cells.masked[0][r][c])).join(" + ");
      const rest = colours.slice(1).map((it, i) => `, ${name(i + 1)}${number(it)}`).join("");
      parts.push(make("br"), `${fill(words.filled, { number: own })}: ${name(0)}(${mean}) / ${known.length} = ${number(colours[0])}${rest}`);
    }
    formula.replaceChildren(...parts);
  }
  const signed = (it) => (number(it).startsWith("−") ? `(${number(it)})` : number(it));

  const stopPlaying = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = words.play;
  };
  const stopAt = (wanted) => { stopPlaying(); show(wanted); };
  back.onclick = () => stopAt(at - 1);
  step.onclick = () => stopAt(at + 1);
  slider.oninput = () => stopAt(lastFrameOf(Number(slider.value)));
  play.onclick = () => {
    if (timer) return stopPlaying();
    show(at === frames.length - 1 || !held.played ? firstFrameOf(0) : at);
    held.played = true;
    play.textContent = words.pause;
    timer = setInterval(() => {
      if (!root.isConnected) return stopPlaying();
      show(at + 1);
      if (at === frames.length - 1) stopPlaying();
    }, calm && calm.matches ? CALM_BEAT : BEAT);
  };
  show(held.frame !== undefined && held.frame < frames.length ? held.frame : lastFrameOf(data.start));
  return stopPlaying;
}

const shown = new WeakMap();

export default function ({ data, parentElement }) {
  const before = shown.get(parentElement);
  if (before?.digest === data.digest && before.root.isConnected) return;
  before?.stop();
  before?.root.remove();
  const root = parentElement.appendChild(make("div", "mx-window"));
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.alt);
  const held = before?.held ?? {}; // other numbers at the same place: go on there
  shown.set(parentElement, { digest: data.digest, root, held, stop: build(root, data, held) });
}
