// Every screen of the lesson begins at its top: the question is in sight, and the keyboard goes on from there. And the
// address says what the screen shows, whatever a request that was under way has made of it.
let shown;

export default function ({ data }) {
  setAddress(data.address);
  const before = shown;
  shown = data.screen;
  if (before === undefined || before === shown) return;
  document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  document.querySelector("h2.mx-question")?.focus({ preventScroll: true });
}

function setAddress(parameters) {
  const address = new URL(window.location.href);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === (address.searchParams.get(name) ?? "")) continue;
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  if (address.href !== window.location.href) window.history.replaceState(window.history.state, "", address);
}
