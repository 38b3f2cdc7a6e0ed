// A text in pieces: [plain], or [text, share of the full colour, the number to show, its place].

const DEPTH = 62; // % of the colour at most: the text must stay readable on it
const UNDERLINED = 0.2; // from this share on

export default function ({ data, parentElement: root, setTriggerValue }) {
  const [box, text, legend, tip] = [".shaded", ".text", ".legend", ".tip"].map((name) =>
    root.querySelector(name)
  );
  box.hidden = false;
  tip.hidden = true;
  text.replaceChildren(...data.pieces.map((piece) => part(piece, data)));
  const [left, bar, right, hint] = legend.children;
  left.textContent = data.signed ? "against" : "matters little";
  right.textContent = data.signed ? "for the film" : "much";
  hint.textContent = data.hint;
  const stops = data.signed ? [tone(-1, data), "transparent", tone(1, data)] : ["transparent", tone(1, data)];
  bar.style.background = `linear-gradient(90deg, ${stops})`;
  const placeOf = (event) => event.target.closest?.("[data-place]");
  const choose = (event) => {
    const piece = placeOf(event);
    if (piece && data.clickable) setTriggerValue("clicked", Number(piece.dataset.place));
  };
  text.onclick = choose;
  text.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose(event);
  };
  text.onpointerover = text.onfocusin = (event) => {
    const piece = placeOf(event);
    tip.hidden = !piece;
    if (!piece) return;
    tip.textContent = piece.dataset.value;
    const [where, frame] = [piece.getClientRects()[0], box.getBoundingClientRect()];
    const across = Math.min(where.left - frame.left, frame.width - tip.offsetWidth);
    tip.style.left = `${Math.max(0, across)}px`;
    tip.style.top = `${where.top - frame.top - tip.offsetHeight - 4}px`;
  };
  text.onpointerleave = text.onfocusout = () => (tip.hidden = true);
}

function part([words, share, value, place], data) {
  if (share === undefined) return document.createTextNode(words);
  const span = document.createElement("span");
  span.textContent = words;
  Object.assign(span.dataset, { place, value });
  span.style.background = tone(share, data);
  if (data.signed && Math.abs(share) >= UNDERLINED) {
    const [line, colour] = share > 0 ? ["solid", "for"] : ["dotted", "against"];
    span.style.borderBottom = `2px ${line} var(--${colour})`;
  }
  if (data.gone.includes(place)) span.className = "gone";
  if (data.clickable) {
    span.role = "button";
    span.tabIndex = 0;
    span.ariaPressed = String(data.chosen === place || data.gone.includes(place));
  }
  span.ariaDescription = value;
  if (data.gone.includes(place)) span.style.background = "none";
  return span;
}

function tone(share, { signed }) {
  const colour = signed ? (share > 0 ? "for" : "against") : "much";
  return `color-mix(in srgb, var(--${colour}) ${Math.abs(share) * DEPTH}%, transparent)`;
}
