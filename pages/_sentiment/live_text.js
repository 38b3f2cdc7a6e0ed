// What is typed goes to the page once the keys have rested for a moment.

const REST_MS = 250;
const filled = new WeakSet();

export default function ({ data, parentElement: root, setStateValue }) {
  const field = root.querySelector("textarea");
  root.querySelector("span").textContent = data.label;
  if (filled.has(field)) return;
  filled.add(field);
  field.value = data.start;
  let waiting;
  field.oninput = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => setStateValue("text", field.value), REST_MS);
  };
}
