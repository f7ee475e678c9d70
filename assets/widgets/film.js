// Films of masked pictures, side by side: played, stepped and slid through together. All frames are in the data.
const BEAT = 900; // milliseconds per step
const CALM_BEAT = 2400; // the same for people who ask for less motion

const calm = typeof window.matchMedia === "function" && window.matchMedia("(prefers-reduced-motion: reduce)");

const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};

function buildFilm(film) {
  const item = make("li");
  item.append(make("h3", "", film.title));
  const image = item.appendChild(make("img"));
  const answer = item.appendChild(make("p", "mx-film-answer"));
  const bar = item.appendChild(make("div", "mx-film-bar"));
  const fill = bar.appendChild(make("i"));
  bar.append(make("span", "", film.label));
  const number = bar.appendChild(make("b"));
  return [item, (step) => {
    const frame = film.frames[step];
    image.src = frame.picture;
    image.alt = frame.alt;
    answer.replaceChildren(make("b", "", frame.answer));
    if (frame.word) answer.append(make("span", frame.is_label ? "mx-film-word mx-film-label" : "mx-film-word", frame.word));
    fill.style.width = `${100 * frame.share}%`;
    number.textContent = frame.percent;
  }];
}

function build(root, data) {
  const { words, films, last } = data;
  const list = make("ul", "mx-film-list");
  list.setAttribute("aria-label", data.alt);
  const built = films.map(buildFilm);
  list.append(...built.map(([item]) => item));

  const bar = make("div", "mx-film-player");
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", words.player);
  const back = bar.appendChild(make("button", "", words.back));
  const play = bar.appendChild(make("button", "mx-film-play", words.play));
  const next = bar.appendChild(make("button", "", words.next));
  const slider = bar.appendChild(make("input"));
  const output = bar.appendChild(make("output"));
  [back, play, next].forEach((button) => { button.type = "button"; });
  Object.assign(slider, { type: "range", min: 0, max: last, step: 1 });
  slider.setAttribute("aria-label", words.iteration);

  let step = data.start;
  let timer = 0;
  const show = (wanted) => {
    step = Math.max(0, Math.min(last, wanted));
    built.forEach(([, refresh]) => refresh(step));
    slider.value = step;
    slider.setAttribute("aria-valuetext", words.steps[step]);
    output.textContent = words.steps[step];
    back.disabled = step === 0;
    next.disabled = step === last;
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = words.play;
  };
  const stopAt = (wanted) => { stop(); show(wanted); };
  back.onclick = () => stopAt(step - 1);
  next.onclick = () => stopAt(step + 1);
  slider.oninput = () => stopAt(Number(slider.value));
  play.onclick = () => {
    if (timer) return stop();
    if (step === last) show(0);
    play.textContent = words.pause;
    timer = setInterval(() => {
      if (!root.isConnected) return stop();
      show(step + 1);
      if (step === last) stop();
    }, calm && calm.matches ? CALM_BEAT : BEAT);
  };
  root.replaceChildren(bar, list);
  show(step);
  return stop;
}

const shown = new WeakMap();

export default function ({ data, parentElement }) {
  const before = shown.get(parentElement);
  if (before?.digest === data.digest && before.root.isConnected) return;
  before?.stop();
  before?.root.remove();
  const root = parentElement.appendChild(make("div", "mx-film"));
  shown.set(parentElement, { digest: data.digest, root, stop: build(root, data) });
}
