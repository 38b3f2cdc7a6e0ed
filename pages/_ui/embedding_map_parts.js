// What a map of examples is made of: what came of it from the page, and how its marks are drawn.
// Stands before the script of the component, in one module with it.

const TIPS_KEPT = 2000;
const [CROSS, DOT] = [4, 5]; // among the shapes, after disc, square, triangle and diamond
const SIGNS = "●■▲◆✕•";

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const numbers = (text) => new Uint16Array(bytes(text).buffer); // little-endian, as everywhere

function readSheet(data, redraw) {
  const image = new Image();
  image.onload = redraw;
  image.src = `data:image/jpeg;base64,${data.jpeg}`;
  return { image, tile: data.tile, columns: data.columns };
}

function addTips(before, data, redraw, ask) {
  const known = before?.mark === data.mark ? before.known : new Map();
  for (const [at, [text, jpeg]] of Object.entries(data.tips)) {
    const image = jpeg ? new Image() : null;
    if (jpeg) image.onload = redraw;
    if (jpeg) image.src = `data:image/jpeg;base64,${jpeg}`;
    known.set(+at, { text, image });
  }
  for (const at of known.keys()) if (known.size > TIPS_KEPT) known.delete(at); // the oldest
  return { known, ask };
}

function readPlaces({ places, ratio, texts }) { // with a grid, for what is under the pointer
  const [x, y] = [numbers(places[0]), numbers(places[1])];
  const bits = Math.max(0, Math.min(8, Math.round(Math.log2(x.length / 4) / 2)));
  const [shift, side] = [16 - bits, 1 << bits];
  const starts = new Int32Array(side * side + 1);
  for (let at = 0; at < x.length; at++) starts[(y[at] >> shift) * side + (x[at] >> shift) + 1]++;
  for (let cell = 0; cell < side * side; cell++) starts[cell + 1] += starts[cell];
  const [next, order] = [starts.slice(), new Int32Array(x.length)];
  for (let at = 0; at < x.length; at++)
    order[next[(y[at] >> shift) * side + (x[at] >> shift)]++] = at;
  return { x, y, ratio, texts, starts, order, shift, side };
}

// A mark as pixels with their places around its middle; kind 1 is pale, 2 has a ring. Without a
// shape nothing but the ground.
function markOf({ text, back, edge, r, line, wide }, shape, colour, kind) {
  const side = 2 * edge + 1;
  const pen = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
  pen.fillStyle = back;
  pen.fillRect(0, 0, side, side);
  const read = () => new Uint32Array(pen.getImageData(0, 0, side, side).data.buffer);
  const ground = read()[0];
  if (shape === undefined) return { ground };
  pen.globalAlpha = kind === 1 ? 0.3 : 1;
  outline(pen, shape, edge + 0.5, edge + 0.5, r);
  pen.fillStyle = pen.strokeStyle = colour;
  pen.lineWidth = 1.6 * line;
  if (shape === CROSS) pen.stroke();
  else pen.fill();
  pen.lineWidth = (kind === 2 ? 1.4 : 0.7) * line;
  pen.strokeStyle = kind === 2 ? text : back;
  if (shape !== CROSS || kind === 2) pen.stroke();
  const drawn = read();
  const used = [...drawn.keys()].filter((i) => drawn[i] !== ground);
  const place = (i) => (Math.floor(i / side) - edge) * wide + (i % side) - edge;
  return { places: Int32Array.from(used, place), pixels: Uint32Array.from(used, (i) => drawn[i]) };
}

function outline(pen, shape, x, y, r) {
  pen.beginPath();
  if (shape === 0) pen.arc(x, y, r, 0, 2 * Math.PI);
  if (shape === DOT) pen.arc(x, y, 0.55 * r, 0, 2 * Math.PI);
  if (shape === 1) pen.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
  for (const turn of { 2: [-0.5, 0.17, 0.83], 3: [0, 0.5, 1, 1.5] }[shape] ?? [])
    pen.lineTo(x + 1.3 * r * Math.cos(turn * Math.PI), y + 1.3 * r * Math.sin(turn * Math.PI));
  if (shape !== CROSS) return pen.closePath();
  for (const sign of [-1, 1]) {
    pen.moveTo(x - 0.8 * r, y - 0.8 * sign * r);
    pen.lineTo(x + 0.8 * r, y + 0.8 * sign * r);
  }
}

function drawLoop(pen, path, colour) {
  pen.beginPath();
  for (let i = 0; i < path.length; i += 2) pen.lineTo(path[i], path[i + 1]);
  pen.closePath();
  [pen.strokeStyle, pen.fillStyle, pen.lineWidth] = [colour, colour, 1.5];
  pen.setLineDash([5, 4]);
  pen.stroke();
  pen.setLineDash([]);
  pen.globalAlpha = 0.08;
  pen.fill("evenodd");
  pen.globalAlpha = 1;
}

function within(path) { // a function that tells whether a place is inside, by the even-odd rule
  const [across, down] = [0, 1].map((odd) => path.filter((_, i) => i % 2 === odd));
  const [left, right] = [Math.min(...across), Math.max(...across)];
  const [top, bottom] = [Math.min(...down), Math.max(...down)];
  return (x, y) => {
    if (x < left || x > right || y < top || y > bottom) return false;
    let inside = false;
    for (let i = 0, j = across.length - 1; i < across.length; j = i++)
      if (down[i] > y !== down[j] > y)
        if (x < ((across[j] - across[i]) * (y - down[i])) / (down[j] - down[i]) + across[i])
          inside = !inside;
    return inside;
  };
}
