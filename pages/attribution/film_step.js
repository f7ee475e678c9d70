// The step that the page shows: its markers, sentences, address and mask are of this one, and so are the players.
export default function ({ data }) {
  window.mxFilmAsked = data.step;
  window.dispatchEvent(new CustomEvent("mx-film-asked", { detail: data.step }));
}
