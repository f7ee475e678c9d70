// The silhouette game: holes one after the other, a choice among the classes, and the score beside the network's.

const SIGNS = { true: "✓", false: "✗" };

const fill = (words, values) => words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

// Returns a new element; `options` are properties, except for those that begin with `aria-` or `role`.
function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options))
    if (/^aria-|^role$|^scope$/.test(name)) element.setAttribute(name, value);
    else element[name] = value;
  element.append(...children);
  return element;
}

class Game {
  constructor(parent) {
    this.root = parent.appendChild(make("section", { className: "mx-game" }));
    this.picks = [];
  }

  get words() {
    return this.data.words;
  }

  get scene() {
    return this.data.scenes[this.number];
  }

  // Goes on with the next holes, or begins again where none is left.
  start() {
    if (this.picks.length >= this.data.scenes.length) this.picks = [];
    this.first = this.number = this.picks.length;
    this.build();
    this.ask();
  }

  build() {
    this.cut = make("img");
    this.whole = make("img", { className: "mx-game-whole" });
    this.step = make("b");
    this.marks = make("span", { className: "mx-game-marks", "aria-hidden": "true" });
    this.said = make("p", { className: "mx-game-said", role: "status" });
    this.choices = make("div", { className: "mx-game-choices", role: "group", "aria-label": this.words.choices });
    this.buttons = this.data.classes.map((name, index) => {
      const button = make("button", { type: "button", textContent: name, onclick: () => this.choose(index) });
      this.choices.append(button);
      return button;
    });
    this.choices.onkeydown = (event) => this.move(event);
    this.answers = make("div", { className: "mx-game-answers" });
    const side = make("div", { className: "mx-game-side" },
      make("p", { className: "mx-game-step" }, this.step, this.marks), this.said, this.choices, this.answers);
    const picture = make("div", { className: "mx-game-picture" }, this.cut, this.whole);
    this.root.replaceChildren(make("div", { className: "mx-game-play" }, picture, side));
    this.root.setAttribute("aria-label", this.data.alt ?? this.words.ask);
  }

  ask() {
    const total = this.data.atOnce;
    this.step.textContent = fill(this.words.hole, { number: this.number - this.first + 1, total });
    this.mark();
    this.said.textContent = this.words.ask;
    this.cut.src = this.scene.cut;
    this.cut.alt = this.words.cut;
    this.whole.classList.remove("mx-game-seen");
    this.whole.removeAttribute("src");
    this.whole.alt = "";
    for (const [index, button] of this.buttons.entries()) {
      button.className = "";
      button.removeAttribute("aria-disabled");
      button.tabIndex = index ? -1 : 0;
      button.textContent = this.data.classes[index];
    }
    this.answers.replaceChildren();
  }

  // Shows which holes were right so far, and which is the current one.
  mark() {
    const signs = Array.from({ length: this.data.atOnce }, (_, offset) => {
      const number = this.first + offset;
      if (number < this.picks.length) return SIGNS[this.isRight(number)];
      return number === this.number ? "●" : "○";
    });
    this.marks.textContent = signs.join(" ");
  }

  isRight(number) {
    return this.picks[number] === this.data.scenes[number].truth;
  }

  choose(index) {
    if (this.picks.length > this.number) return;
    this.picks.push(index);
    const { truth, answers, whole } = this.scene, name = this.data.classes[truth];
    this.mark();
    this.whole.src = whole;
    this.whole.alt = fill(this.words.picture, { name });
    this.whole.classList.add("mx-game-seen");
    this.said.textContent = fill(this.words.was, { name });
    for (const [each, button] of this.buttons.entries()) {
      button.setAttribute("aria-disabled", "true");
      if (each === truth || each === index) {
        button.className = each === truth ? "mx-game-right" : "mx-game-wrong";
        button.textContent = `${SIGNS[each === truth]} ${this.data.classes[each]}`;
      }
    }
    const says = make("ul", {}, this.chip(this.words.you, "", index, truth),
      ...this.data.methods.map((method, each) => this.chip(method.name, method.colour, answers[each], truth)));
    const isLast = this.picks.length === this.first + this.data.atOnce;
    const next = this.button(isLast ? this.words.finish : this.words.next, () => this.goOn(isLast));
    this.answers.replaceChildren(says, next);
    next.focus();
  }

  chip(who, colour, answer, truth) {
    const swatch = make("i", { className: "mx-game-swatch" });
    swatch.style.background = colour || "currentColor";
    const isRight = answer === truth;
    const sign = make("span", { textContent: SIGNS[isRight], "aria-label": isRight ? this.words.right : this.words.wrong, role: "img" });
    return make("li", { className: isRight ? "mx-game-right" : "mx-game-wrong" },
      swatch, `${who}: `, make("b", { textContent: this.data.classes[answer] }), " ", sign);
  }

  button(label, act, kind = "mx-game-main") {
    return make("button", { type: "button", className: kind, textContent: label, onclick: act });
  }

  goOn(isLast) {
    if (isLast) return this.finish();
    this.number += 1;
    this.ask();
    this.buttons[0].focus({ preventScroll: true });
  }

  // Moves among the classes with the arrows, and with the first letter of a name.
  move(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const count = this.buttons.length, at = this.buttons.indexOf(document.activeElement);
    const columns = getComputedStyle(this.choices).gridTemplateColumns.split(" ").length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    let to = -1;
    if (event.key in steps) to = (at + steps[event.key] + count) % count;
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = count - 1;
    else if (/^\p{L}$/u.test(event.key))
      for (let step = 1; step <= count && to < 0; step += 1)
        if (this.data.classes[(at + step) % count].startsWith(event.key.toLowerCase())) to = (at + step) % count;
    if (to < 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.buttons.forEach((button, index) => (button.tabIndex = index === to ? 0 : -1));
    this.buttons[to].focus();
  }

  finish() {
    const played = this.picks.length, { words, data } = this;
    const right = this.picks.filter((_, number) => this.isRight(number)).length;
    const bits = data.bits[played], own = bits[right];
    const rows = [this.row(words.you, "", right, played, own, "–")];
    for (const [index, method] of data.methods.entries()) {
      const hits = data.scenes.slice(0, played).filter(({ answers, truth }) => answers[index] === truth).length;
      rows.push(this.row(method.name, method.colour, hits, played, bits[hits], method.right, method.many));
    }
    const head = make("tr", {}, make("td"), ...[fill(words.five, { played }), words.many].map(
      (title) => make("th", { scope: "col", textContent: title })));
    const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
    const few = make("p", { className: "mx-game-said", role: "status" });
    few.textContent = fill(words.few, { played, right, low: own.text[1], high: own.text[2] });
    const axis = make("p", { className: "mx-game-axis", textContent: fill(words.axis, { high: data.most }) });
    const more = played < data.scenes.length ? words.more : words.again;
    const on = this.button(more, () => this.restart(false));
    const buttons = make("div", { className: "mx-game-answers" }, on);
    if (played < data.scenes.length) buttons.append(this.button(words.again, () => this.restart(true), "mx-game-other"));
    const title = make("h3", { textContent: fill(words.result, { played }) });
    const side = make("div", { className: "mx-game-side" }, title, table, axis, few, buttons);
    this.root.replaceChildren(make("div", { className: "mx-game-play" }, this.thumbs(), side));
    on.focus({ preventScroll: true });
    this.report(`${right}-${played}-${data.hole}`);
  }

  restart(isNew) {
    if (isNew) this.picks = [];
    this.start();
    this.buttons[0].focus({ preventScroll: true });
  }

  // All holes so far, small, with the object and whether it was named.
  thumbs() {
    const list = make("ul", { className: "mx-game-thumbs" });
    for (const number of this.picks.keys()) {
      const { cut, truth } = this.data.scenes[number], isRight = this.isRight(number);
      const name = this.data.classes[truth];
      const sign = make("span", { textContent: SIGNS[isRight], role: "img", "aria-label": isRight ? this.words.right : this.words.wrong });
      list.append(make("li", { className: isRight ? "mx-game-right" : "mx-game-wrong" },
        make("img", { src: cut, alt: "" }), make("span", {}, sign, ` ${name}`)));
    }
    return list;
  }

  row(name, colour, right, played, few, share, many) {
    const swatch = make("i", { className: "mx-game-swatch" });
    swatch.style.background = colour || "currentColor";
    return make("tr", {}, make("th", { scope: "row" }, swatch, name),
      this.cell(fill(this.words.score, { right, played }), few, colour), this.cell(share, many, colour));
  }

  // A cell with bits: the numbers, and below them the estimate and its interval on a scale from 0 to the most.
  cell(said, bits, colour) {
    const cell = make("td", {}, make("b", { textContent: said }));
    if (!bits) return cell;
    const [value, low, high] = bits.text, place = (end) => `${(100 * end) / this.data.most}%`;
    cell.append(" ", make("span", { textContent: fill(this.words.bits, { bits: value, low, high }) }));
    const track = make("div", { className: "mx-game-track", "aria-hidden": "true" }, make("i"), make("b"));
    track.style.color = colour || "currentColor";
    track.firstChild.style.left = place(bits.low);
    track.firstChild.style.width = place(bits.high - bits.low);
    track.lastChild.style.left = place(bits.value);
    cell.append(track);
    return cell;
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const games = (parentElement.mxGames ??= {}), key = `${data.hole} ${data.words.ask}`;
  const isNew = !(key in games), game = (games[key] ??= new Game(parentElement));
  game.data = data;
  game.report = (result) => setStateValue("report", result);
  if (isNew) game.start();
  for (const each of Object.values(games)) each.root.hidden = each !== game;
}
