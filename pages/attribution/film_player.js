// Plays the iterations in the browser, which has all frames from the start. The server only gets the final step.
// One player leads. Other players and the markers of the curves follow its steps.
// While the user steps, the player is ahead of the server. Otherwise it shows the step of the page.
// The server answers late: until it answers the latest step, its answers to earlier steps are ignored.
// So nothing ever goes backwards by itself.
const BEAT = 700; // milliseconds per step
const CALM_BEAT = 2000; // the same for people who ask for less motion
const SETTLED = 350; // milliseconds without a further step until the server gets the step
const STEP = "mx-film-step";
const PAGE_STEP = "mx-film-page-step";

const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};

function buildRow(row, level) {
  const section = make("section", "mx-row");
  section.append(make(level, "", row.title), make("p", "", row.meaning));
  const shots = section.appendChild(make("div", "mx-shots"));
  const images = row.pictures.map(({ title, frames }) => {
    const figure = shots.appendChild(make("figure"));
    figure.append(make("figcaption", "", title));
    const frame = figure.appendChild(make("div", "mx-frame"));
    const image = frame.appendChild(make("img"));
    const empty = frame.appendChild(make("span", "", row.empty));
    return (step) => {
      image.hidden = !frames[step];
      empty.hidden = !!frames[step];
      if (frames[step]) image.src = frames[step];
      image.alt = `${title} at step ${step}: ${row.title}`;
    };
  });
  const answer = shots.appendChild(make("div", "mx-answer"));
  if (row.scale) section.appendChild(make("div")).innerHTML = row.scale;
  return [section, (step) => { images.forEach((show) => show(step)); answer.innerHTML = row.answers[step]; }];
}

// Move the markers of the curves by the width of a step, without the server.
function moveMarkers(step) {
  document.querySelectorAll("[class*='st-key-film-curves'] .js-plotly-plot").forEach((plot) => {
    const layout = plot._fullLayout;
    plot.querySelectorAll(".shapelayer path[data-index]").forEach((path) => {
      const shape = layout?.shapes?.[Number(path.dataset.index)];
      const axis = shape && layout[shape.xref.replace("x", "xaxis").split(" ")[0]];
      if (axis) path.setAttribute("transform", `translate(${axis.l2p(step) - axis.l2p(shape.x0)}, 0)`);
    });
  });
}

function controls(player) {
  const bar = make("div", "mx-player");
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Player: arrow keys step, Home and End jump, the space bar plays");
  const back = bar.appendChild(make("button", "", "Back"));
  const play = bar.appendChild(make("button", "mx-play", "Play"));
  const next = bar.appendChild(make("button", "", "Next"));
  const slider = bar.appendChild(make("input"));
  const output = bar.appendChild(make("output"));
  slider.type = "range";
  slider.min = 0;
  slider.max = player.last;
  slider.setAttribute("aria-label", "Iteration");
  back.onclick = () => player.pause(player.step - 1);
  next.onclick = () => player.pause(player.step + 1);
  slider.oninput = () => player.pause(Number(slider.value));
  play.onclick = () => player.toggle();
  player.refresh = () => {
    slider.value = player.step;
    slider.setAttribute("aria-valuetext", `iteration ${player.step} of ${player.last}`);
    back.disabled = player.step === 0;
    next.disabled = player.step === player.last;
    play.disabled = player.last === 0;
    play.textContent = player.timer ? "Pause" : "Play";
    output.textContent = `Iteration ${player.step} of ${player.last}`;
  };
  return bar;
}

// The keys of the player, also where nothing is focused: a lecturer steps without looking for a button.
function steer(player, event) {
  const target = event.target;
  const inside = player.root?.contains(target);
  if (event.ctrlKey || event.metaKey || event.altKey || !(inside || target === document.body)) return;
  const steps = { ArrowLeft: player.step - 1, ArrowRight: player.step + 1 };
  if (inside) Object.assign(steps, { Home: 0, End: player.last });
  const isPlay = event.key === " " && inside && target.tagName !== "BUTTON";
  if (!(event.key in steps) && !isPlay) return;
  event.preventDefault();
  if (isPlay) player.toggle();
  else player.pause(steps[event.key]);
}

const ahead = (player) => Boolean(player.timer || player.sending);

// The page's step: it comes with new frames, and from then on by itself.
function pageStep(data) {
  if (!data.leads || window.mxFilmFrames === data.digest) return window.mxFilmPageStep;
  window.mxFilmFrames = data.digest;
  return data.start;
}

function build(player, data, parent) {
  const root = make("div", data.leads ? "mx-film-lead" : "mx-followers");
  player.last = data.last;
  player.step = Math.min((ahead(player) ? player.step : pageStep(data)) ?? 0, data.last);
  const sentence = data.sentences?.length ? root.appendChild(make("p", "mx-reading mx-sentence")) : null;
  if (data.leads) root.append(controls(player));
  const rows = root.appendChild(make("div", "mx-rows"));
  const shows = data.rows.map((row) => {
    const [section, show] = buildRow(row, data.leads ? "h3" : "h4");
    rows.append(section);
    return show;
  });
  player.show = () => {
    shows.forEach((show) => show(player.step));
    if (sentence) sentence.textContent = data.sentences[player.step];
    player.refresh?.();
  };
  player.root?.remove();
  player.root = root;
  parent.prepend(root);
}

export default function ({ data, parentElement }) {
  const player = (parentElement.mxPlayer ??= {});
  player.send = () => {
    player.sending = 0;
    player.awaited = player.step === window.mxFilmPageStep ? undefined : player.step;
    window.mxFilmPageStep = player.step;
    window.mxSendFilmStep?.(player.step);
  };
  player.go = (step) => {
    player.step = Math.min(Math.max(step, 0), player.last);
    player.show();
    window.mxFilmStep = player.step;
    window.dispatchEvent(new CustomEvent(STEP, { detail: player.step }));
    moveMarkers(player.step);
  };
  player.stop = () => {
    clearInterval(player.timer);
    clearTimeout(player.sending);
    player.timer = player.sending = 0;
  };
  player.pause = (step) => {
    player.stop();
    player.go(step);
    player.sending = setTimeout(() => player.send(), SETTLED);
  };
  player.play = () => {
    player.stop();
    player.timer = setInterval(() => {
      if (player.step >= player.last) player.pause(player.step);
      else player.go(player.step + 1);
    }, calm.matches ? CALM_BEAT : BEAT);
    player.go(player.step >= player.last ? 0 : player.step);
  };
  player.toggle = () => (player.timer ? player.pause(player.step) : player.play());
  if (player.digest !== data.digest) {
    player.digest = data.digest;
    player.awaited = undefined;
    build(player, data, parentElement);
    if (data.leads) player.go(player.step);
  }
  if (!player.follow) {
    player.source = data.leads ? PAGE_STEP : STEP;
    player.follow = ({ detail }) => {
      if (!data.leads) {
        player.step = Math.min(detail, player.last);
        player.show();
        return;
      }
      if (player.awaited !== undefined && detail !== player.awaited) return; // it answers an earlier step
      player.awaited = undefined;
      if (!ahead(player) && detail !== player.step) player.go(detail);
    };
    player.steer = (event) => steer(player, event);
    window.addEventListener(player.source, player.follow);
    if (data.leads) document.addEventListener("keydown", player.steer);
  }
  if (!data.leads) {
    player.step = Math.min(window.mxFilmStep ?? window.mxFilmPageStep ?? 0, player.last);
    player.show();
  }
  return () => {
    player.stop();
    window.removeEventListener(player.source, player.follow);
    document.removeEventListener("keydown", player.steer);
  };
}
