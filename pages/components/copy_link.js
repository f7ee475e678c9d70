// Copies the page's address at one click, says so, and shows it. Where the browser refuses to copy, the address is
// selected, so that the keyboard can copy it.
const ICON =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M10 13a5 5 0 0 0 7.5.5l3-3a5 5 0 0 0-7-7l-1.7 1.7"/>' +
  '<path d="M14 11a5 5 0 0 0-7.5-.5l-3 3a5 5 0 0 0 7 7l1.7-1.7"/></svg>';
const PAGE = `
  <button type="button" class="copy">${ICON}<span>Copy link</span></button>
  <div class="panel" role="dialog" aria-label="Link to this page" popover>
    <div class="head"><strong role="status"></strong><button type="button" class="close">Close</button></div>
    <p></p>
    <input readonly aria-label="Address of this page">
  </div>`;
const COPIED = "Copied";
const REFUSED = "The browser did not let us copy. Press Ctrl+C or ⌘C to copy the selected link.";

// The address without the parameter that gives a visitor the rights to their own runs.
function sharedAddress() {
  const address = new URL(window.location.href);
  if (!address.searchParams.has("owner")) return address.href;
  address.searchParams.delete("owner");
  return address.href;
}

// Old browsers, and pages that come over plain HTTP from another machine, have no clipboard but this one.
function copySelected(input) {
  input.focus();
  input.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  }
}

async function copy(text, input) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(input);
  }
}

export default function ({ parentElement, data }) {
  if (!parentElement.querySelector(".panel")) {
    const root = parentElement.appendChild(document.createElement("div"));
    root.innerHTML = PAGE;
    const [panel, status, input] = [".panel", "[role=status]", "input"].map((name) => root.querySelector(name));
    const show = (open) => {
      panel.classList.toggle("open", open);
      panel.togglePopover?.(open);
    };
    const button = root.querySelector(".copy");
    button.onclick = async () => {
      input.value = sharedAddress();
      status.textContent = "";
      show(true);
      const copied = await copy(input.value, input);
      status.textContent = copied ? COPIED : REFUSED;
      if (!copied) input.select();
    };
    root.querySelector(".close").onclick = () => show(false);
    input.onfocus = () => input.select();
    panel.ontoggle = ({ newState }) => {
      panel.classList.toggle("open", newState === "open");
      const focused = root.getRootNode().activeElement ?? document.activeElement;
      if (newState === "closed" && (panel.contains(focused) || focused === document.body)) button.focus();
    };
  }
  parentElement.querySelector("p").textContent = data.restores;
}
