// Every screen of the lesson begins at its top: the question is in sight, and the keyboard goes on from there.
let shown;

export default function ({ data }) {
  const before = shown;
  shown = data.screen;
  if (before === undefined || before === shown) return;
  document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  document.querySelector("h2.mx-question")?.focus({ preventScroll: true });
}
