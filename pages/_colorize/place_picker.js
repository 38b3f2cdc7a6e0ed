// Marks over a picture; a click or Enter tells the place, in shares of width and height.

const aims = new WeakMap(); // frame -> where it was clicked last, or where keys have gone since

export default function ({ data, parentElement: root, setTriggerValue }) {
  const find = (name) => root.querySelector(name);
  const frame = find(".frame");
  root.querySelector(".picker").style.setProperty("--ratio", data.ratio);
  if (find("img").src !== data.src) find("img").src = data.src;
  frame.ariaLabel = data.label;

  const put = (part, x, y) => {
    part.style.left = `${100 * x}%`;
    part.style.top = `${100 * y}%`;
    return part;
  };
  const marks = data.marks.map(([x, y, color, word]) => {
    const mark = put(document.createElement("i"), x, y);
    mark.style.background = color;
    mark.textContent = word;
    return mark;
  });
  if (data.chosen) {
    const ring = put(document.createElement("i"), ...data.chosen);
    ring.className = "chosen";
    marks.push(ring);
  }
  find(".marks").replaceChildren(...marks);

  const aim = aims.get(frame) ?? data.chosen?.slice() ?? [0.5, 0.5];
  aims.set(frame, aim);
  put(find(".aim"), ...aim);
  const pick = () => setTriggerValue("picked", aim.map((value) => Number(value.toFixed(3))));
  frame.onclick = (event) => {
    const box = frame.getBoundingClientRect();
    aim[0] = (event.clientX - box.left) / box.width;
    aim[1] = (event.clientY - box.top) / box.height;
    put(find(".aim"), ...aim);
    pick();
  };
  frame.onkeydown = (event) => {
    const step = event.shiftKey ? 0.1 : 0.02;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (event.key === "Enter" || event.key === " ") pick();
    else if (!way) return;
    else way.forEach((sign, i) => (aim[i] = Math.min(1, Math.max(0, aim[i] + sign * step))));
    event.preventDefault();
    put(find(".aim"), ...aim);
    const [across, down] = aim.map((value) => Math.round(100 * value));
    find(".said").textContent = `${across}% from the left, ${down}% from the top`;
  };

  const [legend, [low, high]] = [find(".legend"), data.legend ?? ["", ""]];
  legend.hidden = !data.legend;
  legend.children[0].textContent = low;
  legend.children[1].style.background = `linear-gradient(90deg, ${data.colors.join(",")})`;
  legend.children[2].textContent = high;
  find(".picker").hidden = false;
}
