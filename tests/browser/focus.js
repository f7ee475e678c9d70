// Says of the focused element its name, and what is wrong with the way it shows the focus; null where nothing has it.
() => {
  const LEAST_WIDTH = 2, RING = 3, TEXT = 4.5;
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  const over = (colours) => {
    pen.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
    }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const parent = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host;
  const background = (node) => {
    const layers = [];
    for (; node; node = parent(node)) layers.unshift(getComputedStyle(node).backgroundColor);
    return ["white", ...layers];
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((byte) => byte / 255).map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (colour, layers) => {
    const [low, high] = [luminance(over([...layers, colour])), luminance(over(layers))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const isRing = (style, behind) =>
    style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= LEAST_WIDTH && contrast(style.outlineColor, behind) >= RING;

  let focused = document.activeElement;
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  if (!focused || focused === document.body) return null;

  // The ring is the element's own, or that of the field, switch or door that it lies in.
  let ring = null;
  for (let node = focused, level = 0; node && level < 4 && !ring; node = parent(node), level++) {
    const isSeen = node.getBoundingClientRect().width > 8 && getComputedStyle(node).opacity > 0;
    if (isSeen && isRing(getComputedStyle(node), background(parent(node) ?? node))) ring = node;
  }
  const after = getComputedStyle(focused, "::after");
  if (!ring && after.content !== "none" && isRing(after, background(parent(focused)))) ring = focused;

  const words = [...focused.querySelectorAll("*"), focused].filter((node) =>
    node.checkVisibility({ opacityProperty: true }) && [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim()));
  const pale = focused.matches("main") ? [] : words.filter((node) => contrast(getComputedStyle(node).color, background(node)) < TEXT);
  const name = focused.getAttribute("aria-label") ?? focused.innerText ?? "";
  const fault = !ring ? "no ring" : pale.length ? `pale text “${pale[0].innerText}”` : "";
  return { name: `${focused.tagName} ${name.slice(0, 40)}`, fault };
}
