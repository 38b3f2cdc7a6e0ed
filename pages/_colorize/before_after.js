// A range input lies over both pictures, so mouse, touch and keys work as in any slider.

export default function ({ data, parentElement: root }) {
  const find = (name) => root.querySelector(name);
  const [frame, slider] = [find(".compare"), find("input")];
  frame.style.setProperty("--ratio", data.ratio);
  for (const side of ["left", "right"]) {
    const picture = find(`.${side}`);
    if (picture.src !== data[side]) picture.src = data[side];
  }
  [find(".of-left").textContent, find(".of-right").textContent] = data.names;
  slider.ariaLabel = data.label;
  const move = () => {
    frame.style.setProperty("--at", `${slider.value}%`);
    slider.ariaValueText = `${Math.round(slider.value)}% ${data.names[0]}`;
    find(".of-left").style.opacity = slider.value < 12 ? 0 : 1;
    find(".of-right").style.opacity = slider.value > 88 ? 0 : 1;
  };
  slider.oninput = move;
  move();
  frame.hidden = false;
}
