// Photos as points: wheel and buttons zoom, dragging pans, hovering shows a photo, a click selects.
// Mounted twice: the sheet of thumbnails is large and never changes, so it travels alone, and what
// changes with a selection stays small. Both mounts run this module, which keeps the sheets.

const sheets = new Map(); // id -> Image
const maps = new Map(); // root -> PhotoMap
const [NEAR_PX, DRAG_PX, EDGE_PX, MOST_ZOOM] = [14, 4, 24, 60];

export default function ({ data, parentElement: root, setTriggerValue }) {
  if (data.jpeg) return keepSheet(data);
  if (!maps.has(root)) maps.set(root, new PhotoMap(root));
  maps.get(root).show(data, (tile) => setTriggerValue("clicked", tile));
  return () => (maps.get(root)?.observer.disconnect(), maps.delete(root));
}

function keepSheet({ sheet, jpeg }) {
  const image = sheets.get(sheet) ?? new Image();
  image.onload = () => maps.forEach((map) => map.draw());
  if (!image.src) image.src = `data:image/jpeg;base64,${jpeg}`;
  sheets.set(sheet, image);
  return () => sheets.delete(sheet);
}

class PhotoMap {
  constructor(root) {
    const find = (name) => root.querySelector(name);
    const canvas = find(".points");
    Object.assign(this, { canvas, legend: find(".legend"), tip: find(".tip"), hidden: new Set() });
    find(".map").hidden = false;
    const steps = { ".in": 1.5, ".out": 1 / 1.5, ".whole": 0 };
    for (const name in steps) find(name).onclick = () => this.zoom(steps[name]);
    find(".pictures").onchange = (event) => this.draw((this.pictures = event.target.checked));
    canvas.onpointerdown = ({ offsetX: x, offsetY: y }) =>
      (this.grip = { x, y, left: this.left, top: this.top });
    canvas.onpointermove = (event) => (this.grip ? this.drag(event) : this.hover(event));
    canvas.onpointerup = (event) => {
      const at = this.grip?.dragged ? -1 : this.nearest(event);
      this.grip = null;
      if (at >= 0) this.onSelect((this.selected = this.data.tiles[at]));
      this.draw();
    };
    canvas.onpointerleave = () => ((this.grip = null), (this.tip.hidden = true));
    canvas.onwheel = (event) => {
      if (event.deltaY > 0 && this.scale === 1) return; // all is in view: the page scrolls
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY);
    };
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(canvas);
  }

  show(data, onSelect) {
    const another = this.data?.id !== data.id;
    Object.assign(this, { data, onSelect, selected: data.selected });
    if (another) this.hidden.clear();
    this.legend.replaceChildren(...data.classes.map((name, label) => this.legendItem(name, label)));
    this.zoom(another ? 0 : 1); // draws, also after a change of theme
  }

  legendItem(name, label) {
    const [item, sign] = [document.createElement("button"), document.createElement("span")];
    sign.textContent = "●■▲"[this.data.shapes[label]];
    sign.style.color = this.data.colours[label];
    item.append(sign, ` ${name}`);
    item.ariaPressed = !this.hidden.has(label);
    item.onclick = () => {
      item.ariaPressed = this.hidden.delete(label) || !this.hidden.add(label);
      this.draw();
    };
    return item;
  }

  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const scale = Math.min(MOST_ZOOM, Math.max(1, this.scale * factor || 1));
    this.left = scale > 1 ? x - ((x - this.left) * scale) / this.scale : 0;
    this.top = scale > 1 ? y - ((y - this.top) * scale) / this.scale : 0;
    this.scale = scale;
    this.canvas.style.touchAction = scale > 1 ? "none" : "auto"; // a finger pans what is enlarged
    this.draw();
  }

  drag({ offsetX, offsetY }) {
    const [x, y] = [offsetX - this.grip.x, offsetY - this.grip.y];
    this.tip.hidden = this.grip.dragged ||= Math.hypot(x, y) > DRAG_PX;
    if (!this.grip.dragged || this.scale === 1) return; // all is in view
    [this.left, this.top] = [this.grip.left + x, this.grip.top + y];
    this.draw();
  }

  place(at) { // in CSS pixels; x is within -0.5..0.5, y in proportion
    const { data, width, height, scale } = this;
    const side = scale * Math.min(width - 2 * EDGE_PX, (height - 2 * EDGE_PX) / data.ratio);
    const [left, top] = [this.left + (width / 2) * scale, this.top + (height / 2) * scale];
    return [left + data.x[at] * side, top + data.y[at] * side];
  }

  nearest({ offsetX, offsetY }) {
    let [best, least] = [-1, Math.max(NEAR_PX, this.reach())];
    this.data.labels.forEach((label, at) => {
      const [x, y] = this.place(at);
      const far = this.hidden.has(label) ? Infinity : Math.hypot(x - offsetX, y - offsetY);
      if (far < least) [best, least] = [at, far];
    });
    return best;
  }

  hover(event) {
    const at = this.nearest(event);
    this.tip.hidden = at < 0;
    this.canvas.style.cursor = at < 0 ? "grab" : "pointer";
    if (at < 0) return;
    const [picture, name, label] = this.tip.children;
    picture.width = picture.height = this.data.tile;
    this.drawTile(picture.getContext("2d"), at, 0, 0, this.data.tile);
    name.textContent = this.data.names[at];
    label.textContent = this.data.classes[this.data.labels[at]];
    const across = event.offsetX > this.width / 2 ? -16 - this.tip.offsetWidth : 16;
    this.tip.style.left = `${event.offsetX + across}px`;
    this.tip.style.top = `${Math.min(event.offsetY, this.height - this.tip.offsetHeight)}px`;
  }

  reach() { // half of a mark: smaller the more there are, larger when enlarged
    const point = Math.min(6, Math.max(2.5, 90 / this.data.x.length ** 0.5)) * this.scale ** 0.3;
    return this.pictures ? Math.min(this.data.tile / 2, 2.5 * point * this.scale ** 0.3) : point;
  }

  drawTile(pen, at, left, top, side) {
    const { sheet, tile, columns, tiles } = this.data;
    const [x, y] = [(tiles[at] % columns) * tile, Math.floor(tiles[at] / columns) * tile];
    const image = sheets.get(sheet);
    if (image?.complete) pen.drawImage(image, x, y, tile, tile, left, top, side, side);
  }

  draw() {
    const { canvas, data } = this;
    const sharp = window.devicePixelRatio;
    [this.width, this.height] = [canvas.clientWidth, canvas.clientHeight];
    [canvas.width, canvas.height] = [this.width * sharp, this.height * sharp];
    const [pen, theme] = [canvas.getContext("2d"), getComputedStyle(canvas)];
    const [reach, near] = [this.reach(), new Set(data.near)];
    pen.scale(sharp, sharp);
    const rank = (at) => (data.tiles[at] === this.selected ? 2 : near.has(data.tiles[at]) ? 1 : 0);
    const shown = [...data.labels.keys()].filter((at) => !this.hidden.has(data.labels[at]));
    for (const at of shown.sort((one, other) => rank(one) - rank(other))) {
      const [x, y] = this.place(at);
      outline(pen, this.pictures ? 1 : data.shapes[data.labels[at]], x, y, reach);
      pen.fillStyle = data.colours[data.labels[at]];
      pen.fill();
      if (this.pictures) this.drawTile(pen, at, x - reach + 2, y - reach + 2, 2 * reach - 4);
      if (rank(at)) outline(pen, this.pictures ? 1 : 0, x, y, reach + 2 * rank(at));
      pen.lineWidth = [0.7, 1.5, 3.5][rank(at)];
      pen.strokeStyle = rank(at) ? theme.color : theme.backgroundColor;
      pen.stroke();
    }
  }
}

function outline(pen, shape, x, y, r) {
  pen.beginPath();
  if (shape === 0) pen.arc(x, y, r, 0, 2 * Math.PI);
  if (shape === 1) pen.rect(x - r, y - r, 2 * r, 2 * r);
  for (const turn of shape === 2 ? [-0.5, 0.17, 0.83] : [])
    pen.lineTo(x + 1.3 * r * Math.cos(turn * Math.PI), y + 1.3 * r * Math.sin(turn * Math.PI));
  pen.closePath();
}
