// The tools above the picture. What the user chose last is what every page of the dashboard starts with.
const HINTS = {
  brush: "Drag over the picture.",
  lasso: "Drag around what you mean.",
  rectangle: "Drag from corner to corner.",
  ellipse: "Drag from corner to corner.",
  polygon: "Click the corners. To close it, double-click or click the first corner again.",
};
const KEYS = {
  brush: "Arrow keys move the cross; Enter puts the brush down and lifts it.",
  lasso: "Arrow keys move the cross; Enter begins and closes the lasso.",
  rectangle: "Arrow keys move the cross; Enter sets one corner, then the other.",
  ellipse: "Arrow keys move the cross; Enter sets one corner, then the other.",
  polygon: "Arrow keys move the cross; Enter sets a corner, and Enter again closes.",
};
const CLICK_KEYS = "Arrow keys move the cross; Enter clicks.";
const ALWAYS = " Shift for small steps, Escape to cancel, Ctrl+Z to undo.";
const WIDTHS = { least: 0.01, most: 0.32, first: 0.094 }; // of the brush, as a share of the longer side
const chosen = (window.mxDrawing ??= { tool: "brush", action: "hide", width: WIDTHS.first });
let made = 0; // groups and lines, to tell them apart

class ToolBar {
  constructor(bar, { onChoice, onWidth }) {
    Object.assign(this, { bar, onChoice, onWidth, tools: [], actions: {} });
  }

  get tool() {
    return this.tools.includes(chosen.tool) ? chosen.tool : this.tools[0];
  }

  get action() {
    return chosen.action in this.actions ? chosen.action : Object.keys(this.actions)[0];
  }

  get width() {
    return chosen.width;
  }

  // Shows these tools and actions; returns whether they are others than before.
  offer(tools, actions) {
    const offered = JSON.stringify([tools, actions]);
    if (offered === this.offered) return false;
    Object.assign(this, { offered, tools, actions, slider: null });
    this.bar.replaceChildren();
    const isDrawing = tools.length > 1;
    if (isDrawing) this.addChoice("Tool", "tool", NAMES, tools, ICONS);
    if (Object.keys(actions).length > 1)
      this.addChoice(isDrawing ? "What the pen does" : "A click marks", "action", actions, Object.keys(actions));
    if (tools.includes("brush")) this.addSlider();
    this.refresh();
    return true;
  }

  addChoice(title, key, labels, options, icons) {
    const group = make(this.bar, "div", { class: "mx-canvas-choice", role: "radiogroup", "aria-label": title });
    const name = `mx-canvas-${key}-${++made}`;
    for (const option of options) {
      const box = make(group, "label", icons ? { title: labels[option] } : {});
      const radio = make(box, "input", { type: "radio", name, "aria-label": labels[option] });
      radio.checked = option === this[key];
      radio.onchange = () => {
        chosen[key] = option;
        this.refresh();
        this.onChoice();
      };
      if (!icons) make(box, "span", {}, labels[option]);
      else box.insertAdjacentHTML("beforeend", `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${icons[option]}"/></svg>`);
    }
  }

  addSlider() {
    this.slider = make(this.bar, "input", { type: "range", "aria-label": "Brush width", title: "Brush width" });
    Object.assign(this.slider, { min: WIDTHS.least, max: WIDTHS.most, step: 0.002, value: chosen.width });
    const show = (changesWidth) => {
      this.changesWidth = changesWidth;
      this.onWidth();
    };
    this.slider.oninput = () => {
      chosen.width = Number(this.slider.value);
      show(true);
    };
    this.slider.onblur = this.slider.onpointerup = () => show(false);
  }

  refresh() {
    if (this.slider) this.slider.style.visibility = this.tool === "brush" ? "visible" : "hidden";
  }
}
