"""When the app rests: the server has answered all that the page asked, and the page shows no work under way."""

from playwright.sync_api import BrowserContext, Page, TimeoutError  # noqa: A004
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PATIENCE = 180_000
"""Milliseconds that a busy machine may take for anything."""
HELD_BACK = 300
"""Milliseconds: the canvas holds a stroke back for 200 before it sends it."""

_RERUN = BackMsg.DESCRIPTOR.fields_by_name["rerun_script"]
_NUMBERS = {
    "rerun": _RERUN.number,
    "byItself": _RERUN.message_type.fields_by_name["is_auto_rerun"].number,
    "finished": ForwardMsg.DESCRIPTOR.fields_by_name["script_finished"].number,
}

_LISTEN = """
((NUMBERS) => {
  const talk = (window.mxTalk = { asked: 0, answered: 0, rests: 0 });
  // Calls `see` with the number of each field of a protocol buffer, and with its bytes or its value.
  const fields = (bytes, see) => {
    let at = 0;
    const number = () => {
      let value = 0, factor = 1, byte;
      do {
        byte = bytes[at++];
        value += (byte & 127) * factor;
        factor *= 128;
      } while (byte > 127);
      return value;
    };
    while (at < bytes.length) {
      const tag = number(), kind = tag & 7;
      if (kind === 0) see(tag >> 3, number());
      else if (kind === 1) at += 8;
      else if (kind === 5) at += 4;
      else {
        const size = number();
        see(tag >> 3, bytes.subarray(at, at + size));
        at += size;
      }
    }
  };
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (data instanceof Uint8Array)
      fields(data, (field, rerun) => {
        if (field !== NUMBERS.rerun) return;
        let byItself = false;
        fields(rerun, (inner, value) => (byItself ||= inner === NUMBERS.byItself && value === 1));
        if (!byItself) talk.asked = performance.now();
      });
    return send.call(this, data);
  };
  const Plain = WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (data instanceof ArrayBuffer)
          fields(new Uint8Array(data), (field) => {
            if (field === NUMBERS.finished) talk.answered = performance.now();
          });
      });
    }
  };
})
"""

_RESTS = """
([since, heldBack]) => {
  const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState, talk = window.mxTalk;
  const rests = performance.now() > since + heldBack && state === "notRunning" && talk.answered > talk.asked
    && !document.querySelector(".mx-waiting");
  talk.rests = rests ? talk.rests + 1 : 0;
  return talk.rests > 2;
}
"""

_WHY = """
() => JSON.stringify({
  state: document.querySelector("[data-testid=stApp]")?.dataset.testScriptState,
  talk: window.mxTalk,
  waiting: [...document.querySelectorAll(".mx-waiting, [data-testid=stProgress]")].map((it) => it.innerText),
  now: performance.now(),
})
"""


def listen(context: BrowserContext) -> None:
    """Note when the pages of a browser profile ask the server to run, and when it has answered."""
    numbers = ", ".join(f"{name}: {number}" for name, number in _NUMBERS.items())
    context.add_init_script(f"{_LISTEN.strip()}({{ {numbers} }})")


def wait_until_it_rests(page: Page) -> None:
    """Wait for the answer to everything that was done on a page until now."""
    since = page.evaluate("() => { window.mxTalk.rests = 0; return performance.now(); }")
    try:
        page.wait_for_function(_RESTS, arg=[since, HELD_BACK], polling=40, timeout=PATIENCE)
    except TimeoutError as error:
        raise AssertionError(f"the page never rested: {page.evaluate(_WHY)}") from error
