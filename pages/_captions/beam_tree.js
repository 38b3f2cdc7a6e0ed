// A beam search: columns are steps, rows keep the children of a word together, so that no two
// lines cross. At a step, what is no longer on the way to anything alive is grey.

const [COLUMN, ROW, LEFT, GAP] = [104, 23, 64, 16];
const BEAT_MS = 650;
const FATES = { kept: "went on", finished: "an end of a caption", pruned: "pruned" };

const shown = new WeakMap(); // root -> what stops its clock

export default function ({ data, parentElement: root }) {
  const find = (name) => root.querySelector(name);
  const [slider, button, frame, tip] = ["input", "button", ".frame", ".tip"].map(find);
  const nodes = laidOut(data.nodes);
  const last = Math.max(...nodes.map((node) => node.step));
  const best = new Set(data.best);
  find(".search").hidden = false;
  tip.hidden = true;
  frame.ariaLabel = data.label;
  const drawn = draw(find(".tree"), nodes, last);

  const go = (step) => {
    slider.value = step;
    find("output").textContent = `step ${step} of ${last}`;
    const alive = living(nodes, step);
    nodes.forEach((node, i) => {
      const won = step === last && best.has(i);
      const name = won ? "best" : alive[i] ? "kept" : "pruned";
      for (const part of drawn[i]) {
        part.setAttribute("class", node.step > step ? "later" : name);
      }
    });
  };
  let clock = 0;
  const rest = () => {
    clearInterval(clock);
    clock = 0;
    button.textContent = "▶";
    button.ariaLabel = "Watch it grow";
  };
  const follow = (step) => {
    const right = LEFT + (step + 1) * COLUMN - frame.clientWidth;
    frame.scrollLeft = Math.max(0, right);
  };
  button.onclick = () => {
    if (clock) return rest();
    const from = Number(slider.value);
    go(from === last ? 1 : from);
    follow(Number(slider.value));
    button.textContent = "❚❚";
    button.ariaLabel = "Pause";
    clock = setInterval(() => {
      const next = Number(slider.value) + 1;
      if (next > last) return rest();
      go(next);
      follow(next);
      if (next === last) rest();
    }, BEAT_MS);
  };
  slider.oninput = () => {
    rest();
    go(Number(slider.value));
  };
  find(".tree").onpointerover = (event) => {
    const place = event.target.dataset?.place;
    tip.hidden = place === undefined;
    if (tip.hidden) return;
    tip.textContent = told(nodes, Number(place));
    const [word, box] = [event.target, find(".search")].map((part) => part.getBoundingClientRect());
    tip.style.left = `${Math.max(0, Math.min(word.left - box.left, box.width - tip.offsetWidth))}px`;
    tip.style.top = `${word.bottom - box.top + 4}px`;
  };
  find(".tree").onpointerleave = () => (tip.hidden = true);

  shown.get(root)?.();
  shown.set(root, rest);
  slider.max = last;
  rest();
  go(last);
  frame.scrollLeft = 0;
  return rest;
}

function laidOut(rows) {
  const nodes = rows.map(([parent, word, chance, total, fate]) => ({
    parent, word, chance, total, fate,
  }));
  const columns = [];
  nodes.forEach((node, i) => {
    node.step = node.parent < 0 ? 1 : nodes[node.parent].step + 1;
    (columns[node.step] ??= []).push(i);
  });
  const row = (i) => (i < 0 ? 0 : nodes[i].row);
  columns.forEach((column) => {
    column.sort(
      (a, b) => row(nodes[a].parent) - row(nodes[b].parent) || nodes[b].total - nodes[a].total
    );
    column.forEach((i, place) => (nodes[i].row = place));
  });
  return nodes;
}

function living(nodes, step) {
  const alive = nodes.map(
    ({ fate, step: own }) =>
      (fate === "finished" && own <= step) || (fate === "kept" && own === step)
  );
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (alive[i] && nodes[i].parent >= 0) alive[nodes[i].parent] = true;
  }
  return alive;
}

function draw(tree, nodes, last) {
  const rows = 1 + Math.max(...nodes.map((node) => node.row));
  const svg = tree.querySelector("svg");
  tree.style.width = `${LEFT + last * COLUMN + GAP}px`;
  tree.style.height = `${rows * ROW + 2 * GAP}px`;
  tree.querySelectorAll("span").forEach((old) => old.remove());
  svg.replaceChildren();
  const middle = ({ row }) => GAP + row * ROW + ROW / 2;
  tree.append(label("begin", 8, GAP + 1, LEFT - 16));
  return nodes.map((node, i) => {
    const x = LEFT + (node.step - 1) * COLUMN + GAP;
    const text = label(node.word, x, GAP + node.row * ROW + 1, 0);
    text.dataset.place = i;
    text.style.maxWidth = `${COLUMN - GAP - 6}px`;
    if (!node.word) {
      const stop = document.createElement("i");
      stop.className = "stop";
      stop.dataset.place = i;
      text.append(stop);
    }
    tree.append(text);
    const parent = nodes[node.parent];
    const from = parent ? x - COLUMN + parent.text.offsetWidth : LEFT - 8;
    const [y0, y1] = [parent ? middle(parent) : GAP + ROW / 2, middle(node)];
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const bend = Math.min(28, (x - from) / 2);
    line.setAttribute("d", `M${from} ${y0} C${from + bend} ${y0} ${x - bend} ${y1} ${x} ${y1}`);
    svg.append(line);
    node.text = text;
    return [text, line];
  });
}

function label(text, left, top, width) {
  const span = document.createElement("span");
  span.textContent = text;
  span.style.left = `${left}px`;
  span.style.top = `${top}px`;
  if (width) span.style.width = `${width}px`;
  return span;
}

function told(nodes, place) {
  const [node, before] = [nodes[place], []];
  for (let i = node.parent; i >= 0; i = nodes[i].parent) before.unshift(nodes[i].word);
  const what = node.word ? `“${node.word}”` : "The end";
  const after = before.length ? `after “${before.join(" ")}”` : "as the first word";
  const chance = (100 * node.chance).toFixed(node.chance < 0.001 ? 3 : 1);
  return `${what} ${after}: ${chance}%; all of it ${node.total.toFixed(2)}; ${FATES[node.fate]}`;
}
