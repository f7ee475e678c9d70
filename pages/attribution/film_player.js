// Plays films step by step in the browser; tells the server only where one stops.
// Every frame is here from the start. One player leads; others, and the curves, follow its steps.
// Whoever steps is ahead of the server until it has heard; else the step that the page shows is the player's.
const BEAT = 700; // milliseconds a step is shown
const SETTLED = 350; // milliseconds without another step before the server hears of it
const STEP = "mx-film-step";
const ASKED = "mx-film-asked";

const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};

function row(film) {
  const section = make("section", "mx-row");
  section.append(make("h4", "", film.title), make("p", "", film.meaning));
  const shots = section.appendChild(make("div", "mx-shots"));
  const images = film.pictures.map(({ title, frames }) => {
    const figure = shots.appendChild(make("figure"));
    figure.append(make("figcaption", "", title));
    const frame = figure.appendChild(make("div", "mx-frame"));
    const image = frame.appendChild(make("img"));
    const none = frame.appendChild(make("span", "", film.empty));
    return (step) => {
      image.hidden = !frames[step];
      none.hidden = !!frames[step];
      if (frames[step]) image.src = frames[step];
      image.alt = `${title} at step ${step}: ${film.title}`;
    };
  });
  const answer = shots.appendChild(make("div", "mx-answer"));
  if (film.scale) section.appendChild(make("div")).innerHTML = film.scale;
  return [section, (step) => { images.forEach((show) => show(step)); answer.innerHTML = film.answers[step]; }];
}

// The curves' marker moves along while no server is asked: by as many pixels as a step takes.
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
  play.onclick = () => (player.timer ? player.pause(player.step) : player.play());
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

const ahead = (player) => Boolean(player.timer || player.telling);

function build(player, data, parent) {
  const root = make("div", data.leads ? "mx-film-lead" : "mx-audience");
  player.last = data.last;
  player.step = Math.min((ahead(player) ? player.step : window.mxFilmAsked) ?? 0, data.last);
  const told = data.told?.length ? root.appendChild(make("p", "mx-reading mx-told")) : null;
  if (data.leads) root.append(controls(player));
  const films = root.appendChild(make("div", "mx-films"));
  const shows = data.films.map((film) => {
    const [section, show] = row(film);
    films.append(section);
    return show;
  });
  player.show = () => {
    shows.forEach((show) => show(player.step));
    if (told) told.textContent = data.told[player.step];
    player.refresh?.();
  };
  player.root?.remove();
  player.root = root;
  parent.prepend(root);
}

export default function ({ data, parentElement, setStateValue }) {
  const player = (parentElement.mxPlayer ??= {});
  player.tell = () => {
    player.telling = 0;
    window.mxFilmAsked = player.step;
    setStateValue("step", player.step);
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
    clearTimeout(player.telling);
    player.timer = player.telling = 0;
  };
  player.pause = (step) => {
    player.stop();
    player.go(step);
    player.telling = setTimeout(() => player.tell(), SETTLED);
  };
  player.play = () => {
    player.stop();
    player.timer = setInterval(() => {
      if (player.step >= player.last) player.pause(player.step);
      else player.go(player.step + 1);
    }, BEAT);
    player.go(player.step >= player.last ? 0 : player.step);
  };
  if (player.made !== data.made) {
    player.made = data.made;
    build(player, data, parentElement);
    if (data.leads) player.go(player.step);
  }
  if (!player.follow) {
    player.heard = data.leads ? ASKED : STEP;
    player.follow = ({ detail }) => {
      if (!data.leads) {
        player.step = Math.min(detail, player.last);
        player.show();
      } else if (!ahead(player) && detail !== player.step) player.go(detail);
    };
    window.addEventListener(player.heard, player.follow);
  }
  if (!data.leads) {
    player.step = Math.min(window.mxFilmStep ?? window.mxFilmAsked ?? 0, player.last);
    player.show();
  }
  return () => {
    player.stop();
    window.removeEventListener(player.heard, player.follow);
  };
}
