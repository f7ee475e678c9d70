// The look of tools and strokes on the picture. Points are shares of the picture's width and height.
const NAMES = { brush: "Brush", lasso: "Lasso", rectangle: "Rectangle", ellipse: "Ellipse", polygon: "Polygon" };
const ICONS = {
  brush: "M3 21c3 0 5-1 5-4a2.5 2.5 0 1 1 4 2c-1.500 2-5 3-9 2zM12 15 20 5a1.500 1.500 0 0 0-2-2L8.500 12",
  lasso: "M7 17c-3-1-5-3.500-4-7 1-4 6-6.500 11-5.500s8 4.500 6.500 8-6 5-10 4.500M7 17a2 2 0 1 0 3 2c0-1.500-1.500-2.500-3-2zM8 21c0 1-1 2-2 2",
  rectangle: "M4 6h16v12H4z",
  ellipse: "M3 12a9 6.500 0 1 0 18 0a9 6.500 0 1 0-18 0z",
  polygon: "M12 3 21 10 17 20H6L3 9z",
};
const COLOURS = { hide: "214, 40, 90", show: "31, 157, 111" };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const make = (parent, tag, attributes = {}, text) => {
  const node = parent.appendChild(document.createElement(tag));
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
};

class Ink {
  constructor(canvas) {
    this.canvas = canvas;
    this.ink = canvas.getContext("2d");
  }

  begin(width, height) {
    const dots = window.devicePixelRatio || 1;
    const [across, down] = [width, height].map((side) => Math.round(side * dots));
    if (this.canvas.width !== across || this.canvas.height !== down)
      Object.assign(this.canvas, { width: across, height: down });
    this.size = [width, height];
    this.ink.setTransform(dots, 0, 0, dots, 0, 0);
    this.ink.clearRect(0, 0, width, height);
    this.ink.lineCap = this.ink.lineJoin = "round";
  }

  place([x, y]) {
    return [x * this.size[0], y * this.size[1]];
  }

  drawStroke({ tool, action, points, width }) {
    if (!points) return; // undo and redo
    const { ink } = this;
    const isBrush = tool === "brush";
    ink.strokeStyle = `rgba(${COLOURS[action]}, ${isBrush ? 0.55 : 0.95})`;
    ink.fillStyle = `rgba(${COLOURS[action]}, 0.4)`;
    ink.lineWidth = isBrush ? width * Math.max(...this.size) : 2;
    ink.beginPath();
    this.trace(tool, points.map((point) => this.place(point)));
    if (!isBrush) ink.fill();
    ink.stroke();
  }

  trace(tool, path) {
    const { ink } = this;
    const [[x0, y0], [x1, y1]] = [path[0], path.at(-1)];
    if (!(tool in NAMES)) ink.arc(x0, y0, 4, 0, 2 * Math.PI);
    else if (tool === "rectangle") ink.rect(x0, y0, x1 - x0, y1 - y0);
    else if (tool === "ellipse")
      ink.ellipse((x0 + x1) / 2, (y0 + y1) / 2, Math.abs(x1 - x0) / 2, Math.abs(y1 - y0) / 2, 0, 0, 2 * Math.PI);
    else {
      path.forEach((point) => ink.lineTo(...point));
      if (path.length === 1) ink.lineTo(x0 + 0.01, y0); // a dab
    }
  }

  drawCorners(points, ahead) {
    const { ink } = this;
    const path = points.map((point) => this.place(point));
    if (ahead) {
      ink.beginPath();
      ink.moveTo(...path.at(-1));
      ink.lineTo(...this.place(ahead));
      ink.stroke();
    }
    ink.fillStyle = "#fff";
    path.forEach(([x, y], number) => {
      ink.beginPath();
      ink.arc(x, y, number ? 3 : 5, 0, 2 * Math.PI);
      ink.fill();
      ink.stroke();
    });
  }

  // Black on white, so that it shows on every picture.
  drawTwice(trace) {
    for (const [colour, width] of [["rgba(255, 255, 255, 0.9)", 4], ["rgba(0, 0, 0, 0.9)", 1.5]]) {
      Object.assign(this.ink, { strokeStyle: colour, lineWidth: width });
      this.ink.beginPath();
      trace();
      this.ink.stroke();
    }
  }

  drawCross(point) {
    const [x, y] = this.place(point);
    this.drawTwice(() => {
      for (const [right, down] of Object.values(ARROWS)) {
        this.ink.moveTo(x + 3 * right, y + 3 * down);
        this.ink.lineTo(x + 14 * right, y + 14 * down);
      }
    });
  }

  drawBrush(point, width) {
    const [x, y] = this.place(point);
    this.drawTwice(() => this.ink.arc(x, y, (width * Math.max(...this.size)) / 2, 0, 2 * Math.PI));
  }
}
