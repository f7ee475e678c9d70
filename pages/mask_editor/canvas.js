// A picture to draw on. Strokes stay in a queue, and on the picture, until the server has sent the picture with them.
// Coordinates are shares of the picture's width and height. Mouse, finger and keys do the same things.
const STEP = 1 / 32, SMALL_STEP = 1 / 192; // of the cross
const NEAR = 10; // pixels on the screen from a corner that count as on it
const LEAST_MOVE = 1.5; // pixels on the screen between two points of a path
const within = (share) => Math.min(Math.max(share, 0), 1);

class PictureCanvas {
  constructor(parent) {
    this.queue = [];
    this.last = 0;
    this.cross = [0.5, 0.5];
    this.root = make(parent, "div", { class: "mx-canvas" });
    const changes = { onChoice: () => this.cancel(), onWidth: () => this.draw() };
    this.tools = new ToolBar(make(this.root, "div", { class: "mx-canvas-tools" }), changes);
    this.surface = make(this.root, "div", { class: "mx-canvas-surface", role: "application", tabindex: 0 });
    this.picture = make(this.surface, "img", { alt: "", draggable: "false" });
    this.pen = make(this.surface, "canvas", { "aria-hidden": "true" });
    this.ink = new Ink(this.pen);
    const line = make(this.root, "div", { class: "mx-canvas-line" });
    this.help = make(line, "span", { class: "mx-canvas-hint", id: `mx-canvas-hint-${++made}` });
    this.surface.setAttribute("aria-describedby", this.help.id);
    this.close = make(line, "button", { type: "button" }, "Close");
    this.drop = make(line, "button", { type: "button" }, "Cancel");
    this.close.onclick = () => this.finish();
    this.drop.onclick = () => this.cancel();
    this.place = make(line, "span", { class: "mx-canvas-place", role: "status" });
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.surface);
  }

  // --- what the server sends ---------------------------------------------------------------------

  update(data) {
    this.data = data;
    if (this.session !== data.session) [this.session, this.queue, this.last] = [data.session, [], 0];
    this.last = Math.max(this.last, data.seen);
    this.surface.setAttribute("aria-label", data.name);
    this.root.style.setProperty("--ratio", data.ratio);
    if (this.tools.offer(data.tools, data.actions)) this.cancel();
    this.showPicture(data);
    this.refresh();
  }

  async showPicture({ picture, description, seen }) {
    this.latest = picture;
    if (picture !== this.shown) {
      const next = new Image();
      next.src = picture;
      await next.decode().catch(() => undefined);
      if (this.latest !== picture) return; // a newer one came while this one was decoded
      this.picture.src = this.shown = picture;
    }
    this.picture.alt = description;
    this.queue = this.queue.filter((stroke) => stroke.number > seen);
    this.draw();
  }

  // --- tools -------------------------------------------------------------------------------------

  get tool() {
    return this.tools.tool;
  }

  get takesClicks() {
    return !(this.tool in NAMES);
  }

  refresh() {
    const open = this.stroke && this.tool === "polygon";
    const keys = (KEYS[this.tool] ?? CLICK_KEYS) + ALWAYS;
    const corners = open ? `${this.stroke.points.length} corner${this.stroke.points.length > 1 ? "s" : ""}.` : "";
    this.help.textContent = corners || (this.byKeys ? keys : this.data.hint || HINTS[this.tool]);
    this.close.hidden = !open || this.stroke.points.length < 3;
    this.drop.hidden = !open;
    this.pen.style.touchAction = this.takesClicks ? "manipulation" : "pinch-zoom";
    this.draw();
  }

  // --- strokes -----------------------------------------------------------------------------------

  begin(point) {
    const isBox = this.tool === "rectangle" || this.tool === "ellipse";
    this.stroke = { tool: this.tool, action: this.tools.action, points: isBox ? [point, point] : [point] };
    if (this.tool === "brush") this.stroke.width = this.tools.width;
    this.refresh();
  }

  extend(point) {
    const { tool, points } = this.stroke;
    if (tool === "rectangle" || tool === "ellipse") points[1] = point;
    else if (this.distance(points.at(-1), point) >= LEAST_MOVE) points.push(point);
    this.draw();
  }

  addCorner(point) {
    if (!this.stroke) return this.begin(point);
    const { points } = this.stroke;
    const closes = [points[0], points.at(-1)].some((corner) => this.distance(corner, point) < NEAR);
    if (!closes) points.push(point);
    else if (points.length > 2) this.finish();
    this.refresh();
  }

  finish() {
    const stroke = this.stroke;
    this.stroke = null;
    if (stroke && this.hasInside(stroke)) this.send(stroke);
    this.refresh();
  }

  hasInside({ tool, points }) {
    if (tool === "rectangle" || tool === "ellipse") return points[0][0] !== points[1][0] && points[0][1] !== points[1][1];
    return (tool !== "lasso" && tool !== "polygon") || points.length > 2;
  }

  cancel() {
    this.stroke = null;
    if (this.data) this.refresh();
  }

  send(stroke) {
    const points = stroke.points?.map((point) => point.map((share) => Math.round(share * 1e4) / 1e4));
    this.queue.push({ ...stroke, ...(points && { points }), number: ++this.last });
    this.setStateValue("drawn", { session: this.session, strokes: this.queue.slice() });
  }

  click(point) {
    this.send({ tool: this.tool, action: this.tools.action, points: [point] });
    this.draw();
  }

  // --- mouse, finger and keys --------------------------------------------------------------------

  at(event) {
    const box = this.surface.getBoundingClientRect();
    const frame = this.surface.clientLeft;
    return [
      (event.clientX - box.left - frame) / this.surface.clientWidth,
      (event.clientY - box.top - frame) / this.surface.clientHeight,
    ];
  }

  distance([x0, y0], [x1, y1]) {
    return Math.hypot((x1 - x0) * this.surface.clientWidth, (y1 - y0) * this.surface.clientHeight);
  }

  listen() {
    const pen = this.pen;
    pen.onpointerdown = (event) => {
      if (event.button !== 0 || !event.isPrimary) return event.isPrimary ? undefined : this.dropSecondFinger();
      this.byKeys = false;
      this.surface.focus({ preventScroll: true });
      this.cross = this.at(event).map(within);
      if (this.takesClicks || this.tool === "polygon") return this.refresh();
      pen.setPointerCapture(event.pointerId);
      this.drags = true;
      this.begin(this.at(event));
    };
    pen.onpointermove = (event) => {
      this.hover = this.at(event);
      if (this.drags && this.stroke)
        for (const each of event.getCoalescedEvents?.() ?? [event]) this.extend(this.at(each));
      else this.draw();
    };
    pen.onpointerup = (event) => {
      if (!this.drags || !event.isPrimary) return;
      this.drags = false;
      if (this.stroke) this.extend(this.at(event));
      this.finish();
    };
    pen.onpointercancel = () => this.dropSecondFinger();
    pen.onpointerleave = () => {
      this.hover = null;
      this.draw();
    };
    pen.onclick = (event) => {
      const point = this.at(event);
      if (!point.every((share) => share >= 0 && share < 1)) return;
      if (this.takesClicks) this.click(point);
      else if (this.tool === "polygon") this.addCorner(point);
    };
    pen.ondblclick = () => this.tool === "polygon" && this.finish();
    this.surface.onkeydown = (event) => this.press(event);
    this.surface.onfocus = () => this.showKeys(this.surface.matches(":focus-visible"));
    this.surface.onblur = () => this.showKeys(false);
  }

  // A second finger zooms or scrolls: what the first one began is no stroke.
  dropSecondFinger() {
    this.drags = false;
    if (this.tool !== "polygon") this.cancel();
  }

  showKeys(byKeys) {
    this.byKeys = byKeys;
    this.refresh();
  }

  press(event) {
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (command && (key === "z" || key === "y")) this.back(key === "y" || event.shiftKey);
    else if (command || event.altKey) return;
    else if (event.key in ARROWS) this.move(ARROWS[event.key], event.shiftKey ? SMALL_STEP : STEP);
    else if (event.key === "Enter" || event.key === " ") this.act();
    else if (event.key === "Escape" && this.stroke) this.cancel();
    else if (event.key === "Backspace" && this.stroke && this.tool === "polygon") this.dropCorner();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  back(forward) {
    if (!this.stroke) this.send({ tool: forward ? "redo" : "undo" });
    else if (this.tool === "polygon" && !forward) this.dropCorner();
    else this.cancel();
  }

  dropCorner() {
    this.stroke.points.pop();
    if (!this.stroke.points.length) this.stroke = null;
    this.refresh();
  }

  move([right, down], step) {
    this.byKeys = true;
    this.hover = null;
    this.cross = [within(this.cross[0] + right * step), within(this.cross[1] + (down * step) * this.data.ratio)];
    this.place.textContent = `${Math.round(100 * this.cross[0])} % across, ${Math.round(100 * this.cross[1])} % down`;
    if (this.stroke && this.tool !== "polygon") this.extend(this.cross);
    this.refresh();
  }

  act() {
    this.byKeys = true;
    const point = this.cross.map((share) => Math.min(share, 0.9999));
    if (this.takesClicks) this.click(point);
    else if (this.tool === "polygon") this.addCorner(point);
    else if (this.stroke) this.finish();
    else this.begin(point);
    this.refresh();
  }

  // --- what is seen ------------------------------------------------------------------------------

  draw() {
    const { clientWidth: width, clientHeight: height } = this.surface;
    if (!this.data || !width) return;
    this.ink.begin(width, height);
    for (const stroke of this.queue) this.ink.drawStroke(stroke);
    const ahead = this.hover ?? (this.byKeys ? this.cross : null);
    if (this.stroke) this.ink.drawStroke(this.stroke);
    if (this.stroke?.tool === "polygon") this.ink.drawCorners(this.stroke.points, ahead);
    if (this.byKeys) this.ink.drawCross(this.cross);
    const brushAt = ahead ?? (this.tools.changesWidth ? [0.5, 0.5] : null);
    if (this.tool === "brush" && brushAt && !this.stroke) this.ink.drawBrush(brushAt, this.tools.width);
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const canvas = (parentElement.mxCanvas ??= new PictureCanvas(parentElement));
  canvas.setStateValue = setStateValue;
  canvas.update(data);
}
