// A spectrogram and rows of scores on one axis of seconds. The page's own player is in the same
// document: its events move the line, and a click or an arrow key moves it.

const STEPS_S = [0.5, 1, 2, 5, 10, 20, 30, 60];
const TICK_PX = 52;
const HEARD = ["play", "pause", "seeked", "timeupdate", "loadedmetadata"];

const watched = new WeakMap(); // root -> what stops the watching

export default function ({ data, parentElement: root }) {
  const find = (name) => root.querySelector(name);
  const [view, area, tip] = [".view", ".area", ".tip"].map(find);
  const player = () => data.player && document.querySelector(data.player);
  view.hidden = false;
  show(find(".below"), data.picture);
  show(find(".above"), data.above);
  find(".hz").replaceChildren(...data.ticks.map(([top, text]) => label("top", top, text)));
  find(".names").replaceChildren(...data.rows.map(([name]) => named(name)));
  find(".rows").replaceChildren(...data.rows.map(([, scores]) => row(scores, data)));
  const width = find(".seconds").clientWidth || 600;
  const fits = (step) => (data.seconds / step) * TICK_PX <= width;
  const step = STEPS_S.find(fits) ?? 120;
  const marks = Array.from({ length: Math.floor(data.seconds / step) + 1 }, (_, i) => i * step);
  find(".seconds").replaceChildren(
    ...marks.map((s) => label("left", s / data.seconds, `${s} s`))
  );
  area.ariaLabel = data.label;
  area.ariaValueMin = 0;
  area.ariaValueMax = data.seconds;

  const draw = () => {
    const now = Math.min(player()?.currentTime ?? 0, data.seconds);
    area.querySelector("i").style.left = `${(100 * now) / data.seconds}%`;
    area.ariaValueNow = now.toFixed(1);
    area.ariaValueText = `${now.toFixed(1)} s`;
  };
  const seek = (to) => {
    const audio = player();
    if (audio) audio.currentTime = Math.max(0, Math.min(to, data.seconds));
    draw();
  };
  const at = (event) => (event.offsetX / area.clientWidth) * data.seconds;
  area.onclick = (event) => seek(at(event));
  area.onkeydown = (event) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (by) seek((player()?.currentTime ?? 0) + by);
    else if (event.key === " ") player()?.paused ? player().play() : player()?.pause();
    else return;
    event.preventDefault();
  };
  area.onpointermove = (event) => {
    const [second, below] = [at(event), event.offsetY - find(".rows").offsetTop];
    const number = Math.floor((below / find(".rows").offsetHeight) * data.rows.length);
    const window = data.edges.findLastIndex((edge) => edge <= second);
    const place = Math.min(Math.max(window, 0), data.times.length - 1);
    const start = data.times[place];
    tip.hidden = false;
    tip.textContent = data.rows[number] && below >= 0
      ? `${data.rows[number][0]} ${(100 * data.rows[number][1][place]).toFixed(1)}%, ` +
        `${start.toFixed(1)} to ${(start + data.duration).toFixed(1)} s`
      : `${second.toFixed(2)} s`;
    const left = area.offsetLeft + event.offsetX + 12;
    tip.style.left = `${Math.min(left, view.clientWidth - tip.offsetWidth)}px`;
    tip.style.top = `${Math.max(0, event.offsetY - 30)}px`;
  };
  area.onpointerleave = () => (tip.hidden = true);

  watched.get(root)?.();
  let frame = 0;
  const follow = () => {
    draw();
    frame = player()?.paused === false ? requestAnimationFrame(follow) : 0;
  };
  const heard = () => (cancelAnimationFrame(frame), follow());
  HEARD.forEach((name) => document.addEventListener(name, heard, true)); // they do not bubble
  const stop = () => {
    HEARD.forEach((name) => document.removeEventListener(name, heard, true));
    cancelAnimationFrame(frame);
    watched.delete(root);
  };
  watched.set(root, stop);
  follow();
  return stop;
}

function show(image, url) {
  if (url) image.src = url;
  else image.removeAttribute("src");
}

function label(side, share, text) {
  const span = document.createElement("span");
  span.style[side] = `${100 * share}%`;
  span.textContent = text;
  return span;
}

function named(name) {
  const div = document.createElement("div");
  div.textContent = div.title = name;
  return div;
}

function row(scores, { edges, seconds }) {
  const div = document.createElement("div");
  scores.forEach((score, i) => {
    const cell = document.createElement("i");
    cell.style.left = `${(100 * edges[i]) / seconds}%`;
    cell.style.width = `${(100 * (edges[i + 1] - edges[i])) / seconds}%`;
    cell.style.opacity = score;
    div.append(cell);
  });
  return div;
}
