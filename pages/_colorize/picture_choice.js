// Buttons with pictures; those that stay the same are not loaded again.

export default function ({ data, parentElement: root, setTriggerValue }) {
  const group = root.querySelector(".choice");
  const before = [...group.children];
  group.ariaLabel = data.label;
  group.classList.toggle("large", data.large);
  group.style.setProperty("--columns", data.columns);
  const buttons = data.choices.map(([src, word, letter, mark], number) => {
    const button = before[number] ?? made();
    const [picture, sign] = button.querySelectorAll("img, .letter");
    if (picture.src !== src) picture.src = src;
    picture.alt = "";
    sign.textContent = letter;
    sign.style.display = letter ? "" : "none";
    button.querySelector(".word").textContent = word;
    button.className = mark;
    button.disabled = !data.clickable;
    button.ariaPressed = mark === "chosen";
    button.onclick = () => setTriggerValue("chosen", number);
    return button;
  });
  group.replaceChildren(...buttons);
  group.hidden = false;
}

function made() {
  const [button, view] = [document.createElement("button"), document.createElement("span")];
  view.className = "view";
  view.append(document.createElement("img"), named("letter"));
  button.append(view, named("word"));
  return button;
}

function named(name) {
  const span = document.createElement("span");
  span.className = name;
  return span;
}
