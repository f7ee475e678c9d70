// The step of the page: its markers, sentence, address and mask belong to this step, and the players show it.
export default function ({ data }) {
  window.mxFilmPageStep = data.step;
  window.dispatchEvent(new CustomEvent("mx-film-page-step", { detail: data.step }));
}
