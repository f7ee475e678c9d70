// Explains the terms of the glossary where they stand: those on the page are underlined, their definitions come up under
// the pointer, and a row below the page has a button for each of them, for the keyboard. The key ? opens all terms.
// The underlines are highlights of the browser (CSS Custom Highlight API): the page itself is not changed.
const BLOCKS = [ // in each kind of block, the first occurrence of a term is marked
  ".mx-purpose p, .mx-lead",
  ".mx-question, .mx-idea",
  ".mx-reading, .mx-keep",
  ".mx-note, .mx-why, .mx-blind, .mx-origin",
  ".mx-card :is(h3, h4), .mx-lesson-cards h3, .mx-exhibit h3",
  ".mx-facts span",
  ".mx-legend, figcaption, caption",
  "[data-testid=stCaptionContainer]",
  ".mx-table th, .mx-matrix th",
  "[data-testid=stWidgetLabel]",
  "[data-testid=stMarkdownContainer] :is(p, li)",
];
const SKIPPED = "a, button, input, textarea, select, code, pre, svg, dialog, .mx-unseen, .mx-footer, [contenteditable]";
const TYPED_IN = "input, textarea, select, [contenteditable], [role=textbox], [role=combobox]";
const CALM = 250; // milliseconds between two looks at a page that changes all the time
const LINGER = 180; // milliseconds in which the pointer can go from a term to its definition
const REMEMBERED = 2000; // texts
const EDGE = 8; // pixels between a definition and the window's edge

const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+");
const plain = (text) => text.toLowerCase().replace(/\s+/g, " ");

// One expression for all spellings, the longest first; one that begins with a small letter is found with a capital too.
function reader(terms) {
  const bySpelling = new Map();
  for (const term of terms) for (const spelling of term.spellings) bySpelling.set(plain(spelling), term);
  const spellings = terms.flatMap((term) => term.spellings).sort((one, other) => other.length - one.length);
  const alternatives = spellings.map((spelling) => {
    const [first, capital] = [spelling[0], spelling[0].toUpperCase()];
    return (first === capital ? escaped(first) : `[${first}${capital}]`) + escaped(spelling.slice(1));
  });
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives.join("|")})(?![\\p{L}\\p{N}])`, "gu");
  const known = new Map(); // texts that were read before: most of a page stays as it is
  return (text) => {
    if (known.has(text)) return known.get(text);
    if (known.size > REMEMBERED) known.clear();
    const hits = [...text.matchAll(pattern)].map((match) => [match.index, match[0].length, bySpelling.get(plain(match[0]))]);
    known.set(text, hits);
    return hits;
  };
}

class Glossary {
  constructor() {
    this.marks = new Map(); // the marked ranges and their terms, by block
    this.shown = [];
    document.addEventListener("keydown", (event) => this.press(event));
    document.addEventListener("pointermove", (event) => this.point(event), { passive: true });
    document.addEventListener("click", (event) => this.click(event));
    document.addEventListener("scroll", () => this.hide(), { capture: true, passive: true });
    document.addEventListener("toggle", () => this.look(), { capture: true });
    new MutationObserver((changes) => {
      if (changes.some(({ target }) => !this.root?.contains(target))) this.look();
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
  }

  build(root, data) {
    this.root = root;
    this.data = data;
    this.read = reader(data.terms);
    this.shown = [];
    document.documentElement.lang = data.language;
    this.row = make("div", "mx-terms");
    this.onPage = make("span", "mx-terms-label", data.words.on_page);
    this.list = make("ul");
    const open = make("button", "mx-terms-all", data.words.open);
    open.type = "button";
    open.title = data.words.help;
    open.onclick = () => this.open();
    this.row.append(this.onPage, this.list, open);
    this.tip = make("div", "mx-tip");
    this.tip.id = "mx-tip";
    this.tip.setAttribute("role", "tooltip");
    this.tip.popover = "manual";
    this.tip.onpointerleave = () => this.hideSoon();
    this.status = make("p", "mx-unseen");
    this.status.setAttribute("role", "status");
    this.buildDialog();
    root.replaceChildren(this.row, this.tip, this.status, this.dialog);
    this.scan();
  }

  buildDialog() {
    const { words, terms } = this.data;
    this.dialog = make("dialog", "mx-glossary");
    this.dialog.setAttribute("aria-labelledby", "mx-glossary-title");
    const head = make("div", "mx-glossary-head");
    const title = make("h2", "", words.title);
    title.id = "mx-glossary-title";
    const close = make("button", "", words.close);
    close.type = "button";
    close.onclick = () => this.dialog.close();
    this.search = make("input");
    this.search.type = "search";
    this.search.placeholder = words.search;
    this.search.setAttribute("aria-label", words.search);
    this.search.oninput = () => this.filter();
    head.append(title, this.search, close);
    const all = make("div", "mx-glossary-terms");
    all.tabIndex = 0;
    all.setAttribute("role", "region");
    all.setAttribute("aria-labelledby", "mx-glossary-title");
    const entries = all.appendChild(make("dl"));
    this.entries = terms.map((term) => {
      const entry = entries.appendChild(make("div"));
      const definition = make("dd", "", `${term.definition} `);
      definition.append(make("small", "", words.source.replace("{source}", term.source)));
      entry.append(make("dt", "", term.name), definition);
      return { term, entry, text: plain([term.name, term.definition, ...term.spellings].join(" ")) };
    });
    this.found = make("p", "mx-glossary-found");
    this.found.setAttribute("role", "status");
    this.dialog.append(head, this.found, all);
    this.dialog.onkeydown = (event) => {
      event.stopPropagation(); // Streamlit has shortcuts of one letter
      if (event.key !== "Escape") return;
      event.preventDefault(); // a search field would only be emptied
      this.dialog.close();
    };
    this.dialog.onclick = (event) => event.target === this.dialog && this.dialog.close(); // outside, on the backdrop
  }

  filter() {
    const wanted = plain(this.search.value.trim());
    let count = 0;
    for (const { entry, text } of this.entries) {
      entry.hidden = !text.includes(wanted);
      count += !entry.hidden;
    }
    const { none, count: words } = this.data.words;
    this.found.textContent = count ? words.replace("{count}", count) : none;
  }

  open(term) {
    this.hide();
    this.search.value = "";
    this.filter();
    if (!this.dialog.open) this.dialog.showModal();
    for (const each of this.entries) each.entry.classList.toggle("mx-now", each.term === term);
    if (term) this.entries.find((each) => each.term === term).entry.scrollIntoView({ block: "center" });
    this.search.focus({ preventScroll: true });
  }

  // --- which terms are on the page ---

  look() {
    this.waiting ??= setTimeout(() => {
      this.waiting = undefined;
      if (this.root?.isConnected) this.scan();
    }, CALM);
  }

  scan() {
    const marks = new Map(), ranges = [], onPage = new Set(), handled = new Set();
    for (const selector of BLOCKS) {
      const seen = new Set();
      for (const block of document.querySelectorAll(selector)) {
        if (block.closest(SKIPPED) || !block.checkVisibility()) continue;
        const nodes = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
        for (let node; (node = nodes.nextNode()); ) {
          if (handled.has(node) || node.parentElement.closest(SKIPPED)) continue;
          handled.add(node);
          for (const [start, length, term] of this.read(node.data)) {
            if (seen.has(term)) continue;
            seen.add(term);
            onPage.add(term);
            const range = new Range();
            range.setStart(node, start);
            range.setEnd(node, start + length);
            ranges.push(range);
            if (!marks.has(block)) marks.set(block, []);
            marks.get(block).push({ range, term });
          }
        }
      }
    }
    this.marks = marks;
    if (window.CSS?.highlights) CSS.highlights.set("mx-term", new Highlight(...ranges));
    this.fillRow([...onPage]);
  }

  fillRow(terms) {
    if (terms.length === this.shown.length && terms.every((term, number) => term === this.shown[number])) return;
    const had = this.list.contains(document.activeElement) ? document.activeElement.dataset.term : undefined;
    this.shown = terms;
    this.onPage.hidden = !terms.length;
    this.list.replaceChildren(
      ...terms.map((term) => {
        const item = make("li"), button = item.appendChild(make("button", "", term.name));
        button.type = "button";
        button.dataset.term = term.key;
        button.onfocus = () => button.matches(":focus-visible") && this.show(term, button.getBoundingClientRect(), button);
        button.onblur = () => this.hide();
        button.onpointerenter = () => this.show(term, button.getBoundingClientRect(), button);
        button.onpointerleave = () => this.hideSoon();
        button.onclick = () => this.open(term);
        return item;
      }),
    );
    if (had) this.list.querySelector(`[data-term="${had}"]`)?.focus();
  }

  // --- the definition of one term ---

  show(term, box, owner) {
    clearTimeout(this.leaving);
    this.leaving = undefined;
    if (this.term === term && this.owner === owner) return;
    this.hide();
    [this.term, this.owner] = [term, owner];
    // The browser's own tooltip would cover this.
    this.titled = owner.closest("[title]");
    this.title = this.titled?.getAttribute("title");
    this.titled?.removeAttribute("title");
    if (owner.dataset.term) owner.setAttribute("aria-describedby", "mx-tip");
    const { words } = this.data;
    this.tip.replaceChildren(
      make("b", "", term.name),
      make("span", "", term.definition),
      make("small", "", words.source.replace("{source}", term.source)),
    );
    this.tip.showPopover?.();
    const { width, height } = this.tip.getBoundingClientRect();
    const left = Math.max(EDGE, Math.min(box.left, document.documentElement.clientWidth - width - EDGE));
    const above = box.top - height - 4;
    Object.assign(this.tip.style, { left: `${left}px`, top: `${above > EDGE ? above : box.bottom + 4}px` });
    document.documentElement.classList.toggle("mx-on-term", !owner.dataset.term);
  }

  hideSoon() {
    if (this.term) this.leaving ??= setTimeout(() => !this.tip.matches(":hover") && this.hide(), LINGER);
  }

  hide() {
    clearTimeout(this.leaving);
    this.leaving = undefined;
    if (!this.term) return;
    this.owner.removeAttribute("aria-describedby");
    if (this.title) this.titled.setAttribute("title", this.title);
    this.term = this.owner = this.titled = this.title = undefined;
    if (this.tip.matches(":popover-open")) this.tip.hidePopover();
    document.documentElement.classList.remove("mx-on-term");
  }

  // Returns the marked term at a point, its box and its block.
  termAt({ target, clientX: x, clientY: y }) {
    for (let block = target; block; block = block.parentElement)
      for (const { range, term } of this.marks.get(block) ?? [])
        for (const box of range.getClientRects())
          if (x >= box.left && x <= box.right && y >= box.top - 2 && y <= box.bottom + 2) return { term, box, block };
  }

  // --- what people do ---

  point(event) {
    if (event.pointerType === "touch" || !this.root?.isConnected || this.tip.contains(event.target)) return;
    const at = this.termAt(event);
    if (at) this.show(at.term, at.box, at.block);
    else if (this.term && !this.owner.dataset.term) this.hideSoon();
  }

  click(event) {
    if (!this.root?.isConnected || !(event.target instanceof Element)) return;
    const button = event.target.closest(".mx-copy");
    if (button) this.copy(button);
    const at = this.termAt(event);
    if (at) this.show(at.term, at.box, at.block);
    else if (!this.root.contains(event.target)) this.hide();
  }

  press(event) {
    if (!this.root?.isConnected) return;
    if (event.key === "Escape") this.hide();
    const [target] = event.composedPath();
    const types = target instanceof Element && target.closest(TYPED_IN);
    const marksText = types && !["checkbox", "radio", "range", "button"].includes(target.type);
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || marksText || this.dialog.open) return;
    event.preventDefault();
    this.open();
  }

  async copy(button) {
    const { copy, copied, refused } = button.dataset;
    const label = button.textContent;
    let said = copied;
    try {
      await navigator.clipboard.writeText(copy);
    } catch { // plain HTTP from another machine: the text is selected, and the keyboard copies it
      const text = make("textarea", "", copy);
      button.after(text);
      text.select();
      if (document.execCommand("copy")) text.remove();
      else said = refused;
    }
    this.status.textContent = said;
    if (label === said) return;
    button.textContent = said;
    setTimeout(() => (button.textContent = label), 2000);
  }
}

export default function ({ data, parentElement }) {
  const glossary = (window.mxGlossary ??= new Glossary());
  if (glossary.root === parentElement && glossary.data.digest === data.digest) return;
  glossary.build(parentElement, data);
}
