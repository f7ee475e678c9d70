// The bar of presentation mode, and its keys. The page's controls are hidden until the reader asks for them; the style
// sheet does that by a class of the document, so it costs no answer of the server.
const WITH_CONTROLS = "mx-with-controls";
const USES_ARROWS =
  "input:not([type=checkbox], [type=button]), select, textarea, canvas, [contenteditable], [role=slider], [role=radio], [role=radiogroup], [role=tab], " +
  "[role=listbox], [role=option], [role=combobox], [role=menu], [role=menuitem], [role=grid], [role=gridcell], [role=spinbutton]";
const POLL = 20, PATIENCE = 2000; // milliseconds
const SCROLL = 0.4; // of the window's height

const PAGE = `
  <nav class="mx-present">
    <button type="button" data-do="back">←</button>
    <output class="mx-present-place" role="status"></output>
    <button type="button" data-do="next">→</button>
    <span class="mx-present-title"></span>
    <button type="button" data-do="restore" hidden></button>
    <button type="button" data-do="controls" aria-pressed="false"></button>
    <button type="button" data-do="menu">☰</button>
    <button type="button" data-do="leave">✕</button>
  </nav>
  <dialog class="mx-present-menu"><h2></h2><ol></ol><p></p><button type="button" data-do="close"></button></dialog>`;

class Bar {
  constructor(parent) {
    this.root = parent.appendChild(document.createElement("div"));
    this.root.innerHTML = PAGE;
    this.nav = this.root.querySelector("nav");
    this.dialog = this.root.querySelector("dialog");
    this.root.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button?.dataset.go) this.go(Number(button.dataset.go));
      else if (button) this.act(button.dataset.do);
    });
    this.dialog.addEventListener("keydown", (event) => this.moveInMenu(event));
  }

  find(name) {
    return this.root.querySelector(`[data-do=${name}]`);
  }

  update(data, send) {
    this.data = data;
    this.send = send;
    if (data.blank) {
      this.waitForBlank(data.blank);
      return this.draw();
    }
    const place = `${data.set} ${data.number}`;
    if (this.place !== place || this.awaits) {
      this.place = place;
      this.awaits = false;
      this.number = data.number;
      this.showControls(false);
      this.find("restore").hidden = true;
      document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
      const { activeElement } = document; // Streamlit puts the focus on its own link to the content
      if (activeElement?.matches("a[href^='#']")) activeElement.blur();
    }
    this.draw();
    // A switch of pages draws a new bar: the keyboard stays on the button that was pressed.
    const focus = sessionStorage.getItem("mx-present-focus");
    sessionStorage.removeItem("mx-present-focus");
    if (focus && document.activeElement === document.body) this.find(focus)?.focus();
  }

  draw() {
    const { words, states, set } = this.data, total = states.length;
    this.number ??= this.data.number;
    this.nav.setAttribute("aria-label", words.bar);
    this.root.querySelector(".mx-present-title").textContent = set;
    this.root.querySelector(".mx-present-place").textContent = total
      ? words.place.replace("{number}", this.number).replace("{total}", total)
      : "";
    for (const name of ["back", "next", "menu", "leave"]) {
      this.find(name).setAttribute("aria-label", words[name]);
      this.find(name).title = words[name];
    }
    for (const name of ["restore", "controls", "close"]) this.find(name).textContent = words[name];
    for (const name of ["back", "next", "menu"]) this.find(name).hidden = !total;
    this.find("back").disabled = this.number <= 1;
    this.find("next").disabled = this.number >= total;
    this.root.querySelector("h2").textContent = set;
    this.root.querySelector("dialog p").textContent = words.keys;
    this.dialog.setAttribute("aria-label", words.menu);
    const list = this.root.querySelector("ol");
    list.replaceChildren(
      ...states.map(({ title, note }, index) => {
        const item = document.createElement("li"), button = item.appendChild(document.createElement("button"));
        button.type = "button";
        button.dataset.go = index + 1;
        button.textContent = title;
        if (index + 1 === this.number) button.setAttribute("aria-current", "true");
        if (note) item.appendChild(document.createElement("small")).textContent = note;
        return item;
      }),
    );
  }

  // The page may ask for its next state only when the browser has dropped what it showed before.
  waitForBlank(token) {
    if (this.token === token) return;
    this.token = token;
    const since = performance.now();
    const wait = setInterval(() => {
      const rests = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning";
      if (!rests && performance.now() - since < PATIENCE) return;
      clearInterval(wait);
      this.awaits = true;
      this.send("command", "page");
    }, POLL);
  }

  go(number) {
    const total = this.data.states.length;
    if (!total || number < 1 || number > total) return;
    this.number = number;
    this.awaits = true;
    const pressed = document.activeElement?.closest(".mx-present [data-do]")?.dataset.do;
    if (pressed) sessionStorage.setItem("mx-present-focus", pressed);
    this.dialog.close();
    this.draw();
    this.send("command", String(number));
  }

  act(what) {
    if (what === "next") this.go(this.number + 1);
    else if (what === "back") this.go(this.number - 1);
    else if (what === "restore") this.go(this.data.number);
    else if (what === "first") this.go(1);
    else if (what === "controls") this.showControls(!document.documentElement.classList.contains(WITH_CONTROLS));
    else if (what === "close") this.dialog.close();
    else if (what === "down" || what === "up") this.scroll(what === "down" ? 1 : -1);
    else if (what === "leave") this.send("command", "leave");
    else if (what === "menu" && this.dialog.open) this.dialog.close();
    else if (what === "menu" && this.data.states.length) {
      this.dialog.showModal();
      this.root.querySelector("[aria-current]")?.focus();
    }
  }

  scroll(by) {
    const page = document.querySelector("[data-testid=stMain]");
    page.scrollBy({ top: by * SCROLL * page.clientHeight });
  }

  showControls(shown) {
    document.documentElement.classList.toggle(WITH_CONTROLS, shown);
    this.find("controls").setAttribute("aria-pressed", String(shown));
    if (shown) this.find("restore").hidden = !this.data.states.length;
    window.dispatchEvent(new Event("resize")); // charts measure their place
  }

  moveInMenu(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...this.dialog.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement) + step;
    buttons[(at + buttons.length) % buttons.length].focus();
  }
}

const KEYS = {
  ArrowRight: "next", PageDown: "next", ArrowLeft: "back", PageUp: "back", Home: "first", m: "menu", M: "menu",
  c: "controls", C: "controls", ArrowDown: "down", ArrowUp: "up",
};

// Where nothing of the page has the focus, the bar comes first; otherwise it takes what the focused element leaves.
function obeyKey(event) {
  const bar = window.mxPresentBar, what = KEYS[event.key], target = event.composedPath()[0];
  if (!what || !bar?.root.isConnected || event.defaultPrevented || !(target instanceof Element)) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const isFree = target.matches("body, main, section, [data-testid=stMain]") || bar.root.contains(target);
  if (isFree !== (event.eventPhase === Event.CAPTURING_PHASE)) return;
  if (bar.dialog.open ? what !== "menu" : target.closest(USES_ARROWS)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  bar.act(what);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const bar = (parentElement.mxBar ??= new Bar(parentElement));
  if (!window.mxPresentBar) for (const isFirst of [true, false]) window.addEventListener("keydown", obeyKey, isFirst);
  window.mxPresentBar = bar;
  bar.update(data, setTriggerValue);
  return () => {
    if (window.mxPresentBar === bar) document.documentElement.classList.remove(WITH_CONTROLS);
  };
}
