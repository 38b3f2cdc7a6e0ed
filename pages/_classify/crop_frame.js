// A photo with the square that a network sees: drag it, or its corner to change its size.

export default function ({ data, parentElement: root, setTriggerValue }) {
  const [box, image, frame, handle] = [".crop", "img", ".frame", ".frame b"].map((name) =>
    root.querySelector(name),
  );
  box.style.setProperty("--ratio", data.ratio);
  if (image.src !== data.src) image.src = data.src;
  frame.ariaLabel = data.label;
  const shorter = Math.min(data.ratio, 1); // in units of the height
  let [x, y, share] = data.place;

  const put = () => {
    share = Math.min(1, Math.max(data.least, share));
    const [wide, high] = [(share * shorter) / data.ratio, share * shorter];
    x = Math.min(1 - wide / 2, Math.max(wide / 2, x));
    y = Math.min(1 - high / 2, Math.max(high / 2, y));
    Object.assign(frame.style, {
      left: `${100 * (x - wide / 2)}%`,
      top: `${100 * (y - high / 2)}%`,
      width: `${100 * wide}%`,
      height: `${100 * high}%`,
    });
  };
  const tell = () => setTriggerValue("moved", [x, y, share].map((value) => Number(value.toFixed(3))));
  put();
  box.hidden = false;

  const follow = (event, change) => {
    event.preventDefault();
    event.stopPropagation();
    const area = box.getBoundingClientRect();
    const [fromX, fromY] = [event.clientX, event.clientY];
    const before = [x, y, share];
    event.target.setPointerCapture(event.pointerId);
    event.target.onpointermove = (now) => {
      [x, y, share] = before;
      change((now.clientX - fromX) / area.width, (now.clientY - fromY) / area.height);
      put();
    };
    event.target.onpointerup = () => {
      event.target.onpointermove = event.target.onpointerup = null;
      if ([x, y, share].some((value, i) => Math.abs(value - before[i]) > 0.002)) tell();
    };
  };
  frame.onpointerdown = (event) =>
    follow(event, (right, down) => {
      x += right;
      y += down;
    });
  handle.onpointerdown = (event) =>
    follow(event, (right, down) => {
      const grown = Math.max((right * data.ratio) / shorter, down / shorter);
      [x, y] = [x + (grown * shorter) / data.ratio / 2, y + (grown * shorter) / 2];
      share += grown;
    });
  frame.onkeydown = (event) => {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    const grown = { "+": 0.1, "-": -0.1 }[event.key];
    if (way) [x, y] = [x + 0.05 * way[0], y + 0.05 * way[1]];
    else if (grown) share += grown;
    else return;
    event.preventDefault();
    put();
    tell();
  };
}
