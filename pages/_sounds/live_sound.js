// The last seconds of a microphone; called again for every new picture.

export default function ({ data, parentElement: root }) {
  const [box, area, image, start, bars, pace] = [
    ".live", ".picture", "img", ".times span", ".bars", "p",
  ].map((name) => root.querySelector(name));
  if (box.hidden) {
    box.hidden = false;
    start.textContent = `${data.seconds} s ago`;
    data.ticks.forEach(([share, text]) => {
      const tick = document.createElement("small");
      tick.textContent = text;
      tick.style.top = `${100 * share}%`;
      area.append(tick);
    });
  }
  image.src = data.picture;
  pace.textContent = data.pace;
  while (bars.children.length > 3 * data.bars.length) bars.lastChild.remove();
  while (bars.children.length < 3 * data.bars.length)
    bars.append(...["b", "i", "span"].map((name) => document.createElement(name)));
  data.bars.forEach(([name, score], place) => {
    const [label, bar, number] = [0, 1, 2].map((part) => bars.children[3 * place + part]);
    label.textContent = name;
    bar.className = place === 0 ? "best" : "";
    bar.style.transform = `scaleX(${Math.max(score, 0.002)})`;
    number.textContent = `${(100 * score).toFixed(1)}%`;
  });
  bars.ariaLabel = data.bars.map(([name, score]) => `${name} ${(100 * score).toFixed(0)}%`).join(", ");
}
