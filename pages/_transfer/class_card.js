// A class of the camera: a button that records while it is held, another for some seconds, photos.
// What they ask and what the camera answers are events; see `camera_view.js`.

const told = new WeakMap(); // root -> what hears the camera

export default function ({ data, parentElement: root, setTriggerValue }) {
  const [card, hold, timed, count, strip] = [
    ".card", ".hold", ".timed", "span", ".strip",
  ].map((name) => root.querySelector(name));
  const record = (on, seconds) =>
    document.dispatchEvent(
      new CustomEvent("graft-record", { detail: { number: data.number, on, seconds } })
    );
  const begin = () => {
    if (hold.isHeld || hold.disabled) return;
    hold.isHeld = true;
    record(true, data.longest);
  };
  const end = () => {
    if (hold.isHeld) record(false);
    hold.isHeld = false;
  };
  const isPress = (event) => event.key === " " || event.key === "Enter";
  hold.onpointerdown = (event) => {
    hold.setPointerCapture(event.pointerId);
    begin();
  };
  hold.onpointerup = hold.onpointercancel = hold.onlostpointercapture = hold.onblur = end;
  hold.oncontextmenu = (event) => event.preventDefault();
  hold.onkeydown = (event) => {
    if (!isPress(event)) return;
    event.preventDefault();
    begin();
  };
  hold.onkeyup = (event) => isPress(event) && end();
  timed.onclick = () => record(true, data.seconds);
  timed.textContent = `${data.seconds} s`;
  hold.ariaLabel = `Hold to record photos of ${data.name}`;
  timed.ariaLabel = `Record photos of ${data.name} for ${data.seconds} seconds`;
  card.hidden = false;

  let received = null; // by the page, of this class, as it was drawn now
  const hear = ({ detail }) => {
    if (!root.isConnected) return document.removeEventListener("graft-camera", hear);
    const recorded = detail.recorded[data.number] ?? 0;
    received ??= detail.received[data.number] ?? 0;
    hold.disabled = timed.disabled = !detail.on;
    card.classList.toggle("recording", detail.number === data.number);
    count.textContent = Math.min(data.photos.length + recorded - received, data.most);
  };
  document.removeEventListener("graft-camera", told.get(root));
  told.set(root, hear);
  document.addEventListener("graft-camera", hear);
  hold.disabled = timed.disabled = true; // as long as there is no camera
  count.textContent = data.photos.length;
  count.title = count.ariaLabel = data.counted;
  document.dispatchEvent(new Event("graft-ask"));

  strip.ariaLabel = `Photos of ${data.name}`;
  const before = new Map([...strip.children].map((button) => [button.dataset.number, button]));
  strip.replaceChildren(...data.photos.map(([number, src]) => {
    const button = before.get(String(number)) ?? made(number, src);
    button.onclick = () => setTriggerValue("remove", number);
    return button;
  }));
}

function made(number, src) {
  const [button, image] = [document.createElement("button"), document.createElement("img")];
  button.type = "button";
  button.dataset.number = number;
  button.title = button.ariaLabel = `Remove photo ${number}`;
  image.src = src;
  image.alt = "";
  button.append(image);
  return button;
}
