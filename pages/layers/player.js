// Asks for the next layer once the present one has been on the page for a beat. The next beat begins when the page
// shows the server's answer, so steps cannot overtake each other. Each request carries the mark of what the
// page shows; the server ignores a request for what has gone since.
const SLOWER = 2.5; // for people who ask for reduced motion

export default function ({ data, parentElement, setTriggerValue }) {
  const player = (parentElement.mxBeat ??= {});
  if (player.mark !== data.mark) {
    clearTimeout(player.timer);
    player.mark = data.mark;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    player.timer = setTimeout(() => setTriggerValue("beat", data.mark), data.beat * (calm ? SLOWER : 1));
  }
  return () => {
    clearTimeout(player.timer);
    player.mark = undefined;
  };
}
