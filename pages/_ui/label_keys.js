// Buttons for classes, and keys for these, to skip, and to undo.
const SKIP = -1, UNDO = -2;
const WAIT_MS = 3000; // for the next example, should the page not draw one
const listening = new WeakMap(); // root -> what hears the keys

export default function ({ data, parentElement: root, setTriggerValue }) {
  const [keys, classes, skip, undo, hint] = [
    ".keys", ".classes", ".skip", ".undo", ".hint",
  ].map((name) => root.querySelector(name));
  let isAnswered = false; // once for each example; the next run draws another
  const answer = (choice, button) => {
    if (isAnswered || (choice === UNDO && !data.mayUndo)) return;
    isAnswered = true;
    setTimeout(() => (isAnswered = false), WAIT_MS);
    button?.classList.add("pressed");
    setTriggerValue("answer", { asked: data.asked, choice });
  };

  const before = [...classes.children];
  classes.replaceChildren(...data.classes.map((name, place) => {
    const button = before[place] ?? made();
    button.querySelector("span").textContent = name;
    button.querySelector("kbd").textContent = data.keys[place];
    button.querySelector("kbd").hidden = !data.keys[place];
    button.classList.remove("pressed");
    button.onclick = () => answer(place, button);
    return button;
  }));
  classes.ariaLabel = "What is it?";
  skip.querySelector("kbd").textContent = data.skip[0] === " " ? "space" : data.skip[0];
  skip.classList.remove("pressed");
  undo.classList.remove("pressed");
  skip.onclick = () => answer(SKIP, skip);
  undo.onclick = () => answer(UNDO, undo);
  undo.disabled = !data.mayUndo;
  hint.textContent = data.hint;
  keys.hidden = false;

  const hear = (event) => {
    if (!root.isConnected) return document.removeEventListener("keydown", hear);
    const [target] = event.composedPath();
    const isField = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
    const isElsewhere = document.querySelector('[role="dialog"]');
    if (isField || isElsewhere || event.repeat || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    // space presses a button that has the focus
    if (event.key === " " && target.closest?.("button, a, summary, [role=button], [role=radio], [role=tab]")) return;
    const place = data.keys.indexOf(event.key);
    if (place >= 0) {
      answer(place, classes.children[place]);
    } else if (data.skip.includes(event.key)) {
      answer(SKIP, skip);
    } else if (event.key === "Backspace") {
      answer(UNDO, undo);
    } else {
      return;
    }
    event.preventDefault();
  };
  document.removeEventListener("keydown", listening.get(root));
  listening.set(root, hear);
  document.addEventListener("keydown", hear);
  return () => document.removeEventListener("keydown", hear);
}

function made() {
  const button = document.createElement("button");
  button.type = "button";
  button.append(document.createElement("kbd"), document.createElement("span"));
  return button;
}
