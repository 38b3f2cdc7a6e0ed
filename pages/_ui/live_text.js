// What is typed goes to the page once the keys have rested for a moment.

const REST_MS = 250;
const filled = new WeakSet();

export default function ({ data, parentElement: root, setStateValue }) {
  const field = root.querySelector("textarea");
  const label = root.querySelector("span");
  label.textContent = data.label;
  label.hidden = data.placeholder !== "";
  field.ariaLabel = data.label;
  field.placeholder = data.placeholder;
  if (filled.has(field)) return;
  filled.add(field);
  field.maxLength = data.most;
  field.value = data.start;
  let waiting;
  field.oninput = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => setStateValue("text", field.value), REST_MS);
  };
}
