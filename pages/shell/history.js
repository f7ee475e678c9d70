// Streamlit adds an entry to the browser's history for every change of the address, and a page writes several as it
// opens. Back would have to be pressed as often before anything happened. Here a change of the address is a new entry
// only if it leads to another page or another view; otherwise it replaces the present one.
export default function ({ data }) {
  if (window.history.addsViewsOnly) return;
  window.history.addsViewsOnly = true;
  const add = window.history.pushState.bind(window.history);
  const replace = window.history.replaceState.bind(window.history);
  window.history.pushState = (state, unused, address) => {
    const here = new URL(window.location.href);
    const there = new URL(address ?? here, here);
    const isSame =
      there.pathname === here.pathname &&
      data.view.every((name) => there.searchParams.get(name) === here.searchParams.get(name));
    (isSame ? replace : add)(state, unused, address);
  };
}
