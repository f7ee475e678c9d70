// The step of the page: its markers, sentence, address and mask belong to this step, and the players show it.
// It also takes the player's step to the server, because it is small: what the server redraws, it sends again.
export default function ({ data, setStateValue }) {
  window.mxFilmPageStep = data.step;
  window.mxSendFilmStep = (step) => setStateValue("step", step);
  window.dispatchEvent(new CustomEvent("mx-film-page-step", { detail: data.step }));
}
