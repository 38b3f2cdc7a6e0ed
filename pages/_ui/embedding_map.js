// Examples as points: wheel and buttons zoom, dragging pans, hovering shows an example, a click
// selects it; a box or a lasso circles many.
// Mounted several times under one name. What is large and seldom changes (places, categories, the
// sheet of thumbnails) travels alone, so that what changes with a click stays small. All mounts run
// this module, which keeps their parts.
// Points are written into a bitmap as ready-made marks: 50,000 take milliseconds without a GPU,
// where paths of a canvas take half a second.

const parts = new Map(); // name of a map -> { places, categories, sheet, tips }
const maps = new Map(); // root -> EmbeddingMap
const [NEAR_PX, DRAG_PX, MOST_ZOOM] = [14, 4, 60];
const [EDGE_PX, TOP_PX] = [24, 58]; // around all points; at the top there are the tools
const [MOST_PICTURES, MOST_LOOKS, TIPS_AT_ONCE, DWELL_MS] = [400, 64, 48, 120];

export default function ({ data, parentElement: root, setTriggerValue, setStateValue }) {
  if (data.kind) return keep(data, setStateValue);
  if (!maps.has(root)) maps.set(root, new EmbeddingMap(root));
  maps.get(root).show(data, setTriggerValue);
  return () => (maps.get(root)?.observer.disconnect(), maps.delete(root));
}

function keep(data, setStateValue) {
  const { map, kind } = data;
  if (!parts.has(map)) parts.set(map, {});
  const [all, refresh] = [parts.get(map), () => maps.forEach((each) => each.refresh())];
  const ask = (wanted) => setStateValue("wanted", wanted);
  const part = {
    places: () => readPlaces(data),
    categories: () => ({ ...data, codes: numbers(data.codes) }),
    sheet: () => readSheet(data, refresh),
    tips: () => addTips(all.tips, data, refresh, ask),
  }[kind]();
  all[kind] = Object.assign(part, { mark: data.mark });
  refresh();
  return () => all[kind] === part && delete all[kind];
}

class EmbeddingMap {
  constructor(root) {
    const find = (name) => root.querySelector(name);
    const canvas = find(".points");
    Object.assign(this, { canvas, legend: find(".legend"), tip: find(".tip"), hidden: new Set() });
    Object.assign(this, { bar: find(".chosen"), tools: root.querySelectorAll("[data-tool]") });
    this.tool = "pan";
    find(".map").hidden = false;
    const steps = { ".in": 1.5, ".out": 1 / 1.5, ".whole": 0 };
    for (const name in steps) find(name).onclick = () => this.zoom(steps[name]);
    for (const button of this.tools) button.onclick = () => this.take(button.dataset.tool);
    find(".clear").onclick = () => this.circle([]);
    this.switch = find(".pictures");
    this.switch.onchange = () => ((this.pictures = this.switch.checked), this.refresh());
    canvas.onpointerdown = (event) => this.grasp(event);
    canvas.onpointermove = (event) => (this.grip ? this.drag(event) : this.hover(event));
    canvas.onpointerup = (event) => this.release(event);
    canvas.onpointercancel = () => this.drop();
    canvas.onpointerleave = () => (this.drop(), (this.tip.hidden = true));
    find(".map").onkeydown = (event) => this.press(event);
    canvas.onwheel = (event) => {
      if (event.deltaY > 0 && this.scale === 1) return; // all is in view: the page scrolls
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY);
    };
    this.observer = new ResizeObserver(() => this.refresh());
    this.observer.observe(canvas);
  }

  show(data, setTriggerValue) {
    Object.assign(this, { data, tell: setTriggerValue, selected: data.selected });
    this.near = new Set(data.near);
    this.refresh();
  }

  refresh() { // with what has come of the parts by now; also after a change of theme
    const { places, categories, sheet, tips } = parts.get(this.data?.map) ?? {};
    const { data } = this;
    if (places?.mark !== data?.places || categories?.mark !== data?.categories || !data) return;
    const another = this.places !== places && this.shownPlaces !== places.mark;
    if (another) this.circled = new Uint8Array(places.x.length);
    if (another || this.given !== data.circled) {
      this.given = data.circled; // what the page says stands until another is drawn here
      const packed = bytes(data.circled);
      this.circled = this.circled.map((_, at) => (packed[at >> 3] >> (7 - (at & 7))) & 1);
    }
    if (this.colouring !== data.colouring) this.hidden.clear();
    Object.assign(this, { places, categories, tips, shownPlaces: places.mark });
    Object.assign(this, { sheet, colouring: data.colouring, marks: new Map() });
    this.switch.parentElement.hidden = !sheet && !data.pictures;
    if (this.legendOf !== categories.mark) this.drawLegend();
    this.count = this.circled.reduce((sum, one) => sum + one, 0);
    this.bar.hidden = !this.count;
    this.bar.firstElementChild.textContent = `${this.count.toLocaleString("en")} selected`;
    for (const button of this.tools) button.ariaPressed = button.dataset.tool === this.tool;
    this.zoom(another ? 0 : 1);
    if (this.hovered && !this.tip.hidden) this.hover(this.hovered); // what it waited for is here
  }

  drawLegend() {
    const { names, colours, shapes, scale, mark } = this.categories;
    const [from, until] = scale ? [scale.from, scale.until] : [0, 0];
    const items = names.map((name, code) => this.legendItem(name, code, colours, shapes));
    items.splice(from, until - from);
    if (scale) {
      const bar = document.createElement("span");
      const [low, ramp, high] = ["span", "i", "span"].map((tag) => document.createElement(tag));
      [bar.className, low.textContent, high.textContent] = ["scale", scale.low, scale.high];
      ramp.style.background = `linear-gradient(90deg, ${colours.slice(from, until)})`;
      bar.append(low, ramp, high);
      items.unshift(bar);
    }
    this.legend.replaceChildren(...items);
    this.legendOf = mark;
  }

  legendItem(name, code, colours, shapes) {
    const [item, sign] = [document.createElement("button"), document.createElement("span")];
    sign.textContent = SIGNS[shapes[code]];
    sign.style.color = colours[code];
    item.append(sign, ` ${name}`);
    item.ariaPressed = !this.hidden.has(code);
    item.onclick = () => {
      item.ariaPressed = this.hidden.delete(code) || !this.hidden.add(code);
      this.draw();
    };
    return item;
  }

  take(tool) {
    this.tool = this.tool === tool ? "pan" : tool;
    this.drop();
    this.refresh();
  }

  press(event) {
    const { key, ctrlKey, metaKey } = event;
    const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    const does = {
      Escape: () => (this.grip ? this.drop() : this.circle([])),
      b: () => this.take("box"),
      l: () => this.take("lasso"),
      "+": () => this.zoom(1.5),
      "-": () => this.zoom(1 / 1.5),
      0: () => this.zoom(0),
    };
    if ((ctrlKey || metaKey) && key === "a") this.circle(this.inside(() => true));
    else if (ctrlKey || metaKey || event.altKey) return;
    else if (does[key]) does[key]();
    else if (steps[key] && this.scale > 1 && event.target === this.canvas) this.pan(...steps[key]);
    else return;
    event.preventDefault();
    event.stopPropagation(); // the page has keys of its own
  }

  pan(x, y) {
    [this.left, this.top] = [this.left + x, this.top + y];
    this.draw();
  }

  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const scale = Math.min(MOST_ZOOM, Math.max(1, this.scale * factor || 1));
    this.left = scale > 1 ? x - ((x - this.left) * scale) / this.scale : 0;
    this.top = scale > 1 ? y - ((y - this.top) * scale) / this.scale : 0;
    this.scale = scale;
    // a finger pans what is enlarged, and draws with a tool
    this.canvas.style.touchAction = scale > 1 || this.tool !== "pan" ? "none" : "auto";
    this.canvas.style.cursor = this.tool === "pan" ? "grab" : "crosshair";
    this.draw();
  }

  grasp({ offsetX: x, offsetY: y, pointerId, shiftKey, isTrusted }) {
    if (isTrusted) this.canvas.setPointerCapture(pointerId);
    this.grip = { x, y, left: this.left, top: this.top, adds: shiftKey, path: [x, y] };
  }

  drag({ offsetX: x, offsetY: y }) {
    const { grip } = this;
    this.tip.hidden = grip.dragged ||= Math.hypot(x - grip.x, y - grip.y) > DRAG_PX;
    if (!grip.dragged) return;
    if (this.tool === "box") grip.path = [grip.x, grip.y, x, grip.y, x, y, grip.x, y];
    const [lastX, lastY] = grip.path.slice(-2);
    if (this.tool === "lasso" && Math.hypot(x - lastX, y - lastY) > 3) grip.path.push(x, y);
    if (this.tool !== "pan") return this.draw();
    if (this.scale === 1) return; // all is in view
    [this.left, this.top] = [grip.left + x - grip.x, grip.top + y - grip.y];
    this.draw();
  }

  release(event) {
    const { grip } = this;
    if (!grip) return;
    this.grip = null;
    if (grip.dragged && this.tool !== "pan")
      this.circle(this.inside(within(grip.path)), grip.adds);
    const at = grip.dragged ? -1 : this.nearest(event);
    if (at >= 0 && grip.adds) this.circle([at], true);
    else if (at >= 0) this.tell("clicked", (this.selected = at));
    this.draw();
  }

  drop() {
    this.grip = null;
    this.draw();
  }

  inside(holds) { // what is in view, not hidden, and where `holds` says so
    const found = [];
    const { x, y } = this.places;
    const [left, across, top, down] = this.affine();
    for (let at = 0; at < x.length; at++) {
      const [right, below] = [left + across * x[at], top + down * y[at]];
      const isSeen = right >= 0 && below >= 0 && right <= this.width && below <= this.height;
      if (isSeen && !this.hidden.has(this.categories.codes[at]) && holds(right, below))
        found.push(at);
    }
    return found;
  }

  circle(found, adds = false) {
    if (!found.length && !this.count) return;
    if (!adds) this.circled.fill(0);
    for (const at of found) this.circled[at] = 1;
    this.tell("circled", [...this.circled.keys()].filter((at) => this.circled[at]));
    this.refresh();
  }

  affine() { // from places, 0..65535, to CSS pixels: left, across, top, down
    const { width, height, scale, places } = this;
    const room = height - EDGE_PX - TOP_PX;
    const side = scale * Math.min(width - 2 * EDGE_PX, room / places.ratio);
    const tall = side * places.ratio;
    const left = this.left + (width / 2) * scale;
    const top = this.top + (TOP_PX + room / 2) * scale;
    return [left - side / 2, side / 65535, top - tall / 2, tall / 65535];
  }

  nearest({ offsetX, offsetY }) {
    if (!this.places) return -1;
    const { x, y, starts, order, shift, side } = this.places;
    const [left, across, top, down] = this.affine();
    let [best, least] = [-1, Math.max(NEAR_PX, this.reach())];
    const cell = (value) => Math.max(0, Math.min(side - 1, Math.floor(value) >> shift));
    const last = cell((offsetX + least - left) / across);
    for (let row = cell((offsetY - least - top) / down); row <= cell((offsetY + least - top) / down); row++)
      for (let column = cell((offsetX - least - left) / across); column <= last; column++)
        for (let i = starts[row * side + column]; i < starts[row * side + column + 1]; i++) {
          const at = order[i];
          if (this.hidden.has(this.categories.codes[at])) continue;
          const far = Math.hypot(left + across * x[at] - offsetX, top + down * y[at] - offsetY);
          if (far < least) [best, least] = [at, far];
        }
    return best;
  }

  hover(event) {
    const at = this.nearest(event);
    this.tip.hidden = at < 0;
    this.canvas.style.cursor = this.tool !== "pan" ? "crosshair" : at < 0 ? "grab" : "pointer";
    if (at < 0) return;
    const [picture, text, label] = this.tip.children;
    const side = this.sheet?.tile ?? 96;
    picture.width = picture.height = side;
    picture.hidden = !this.drawPicture(picture.getContext("2d"), at, 0, 0, side);
    const known = this.tips?.known.get(at);
    text.textContent = this.places.texts?.[at] ?? known?.text ?? "";
    label.textContent = this.categories.names[this.categories.codes[at]];
    const across = event.offsetX > this.width / 2 ? -16 - this.tip.offsetWidth : 16;
    this.tip.style.left = `${event.offsetX + across}px`;
    this.tip.style.top = `${Math.min(event.offsetY, this.height - this.tip.offsetHeight)}px`;
    clearTimeout(this.waits);
    this.hovered = null;
    if (!this.tips || known) return;
    this.hovered = { offsetX: event.offsetX, offsetY: event.offsetY };
    this.waits = setTimeout(() => this.ask([at]), DWELL_MS);
  }

  ask(missing) {
    const wanted = missing.filter((at) => !this.tips.known.has(at)).slice(0, TIPS_AT_ONCE);
    if (!wanted.length || `${wanted}` === this.asked) return;
    this.asked = `${wanted}`;
    this.tips.ask(wanted);
  }

  reach() { // half of a mark: smaller the more there are, larger when enlarged
    const count = this.places.x.length;
    const point = Math.min(6, Math.max(2.5, 90 / count ** 0.5)) * this.scale ** 0.3;
    const most = (this.sheet?.tile ?? 96) / 2;
    return this.pictures ? Math.min(most, Math.max(12, 2.5 * point * this.scale ** 0.3)) : point;
  }

  drawPicture(pen, at, left, top, side) { // whether there is one by now
    const { sheet } = this;
    const image = sheet?.image ?? this.tips?.known.get(at)?.image;
    if (!image?.complete || !image.naturalWidth) return false;
    const tile = sheet?.tile ?? image.naturalWidth;
    const x = sheet ? (at % sheet.columns) * tile : 0;
    const y = sheet ? Math.floor(at / sheet.columns) * tile : 0;
    pen.drawImage(image, x, y, tile, tile, left, top, side, side);
    return true;
  }

  draw() { // once a frame, however many events ask for it
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      const from = performance.now();
      if (this.places) this.paint();
      this.canvas.drawMs = performance.now() - from; // read by tests/bench/embedding_map.py
    });
  }

  paint() {
    const { canvas } = this;
    const sharp = window.devicePixelRatio;
    [this.width, this.height] = [canvas.clientWidth, canvas.clientHeight];
    const [width, height] = [this.width, this.height].map((side) => Math.round(side * sharp));
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height)
      [canvas.width, canvas.height] = [width, height];
    const pen = canvas.getContext("2d");
    const view = this.affine();
    const theme = getComputedStyle(canvas);
    const [text, back] = [theme.color, theme.backgroundColor];
    this.stamp(pen, view, sharp, { width, height, text, back });
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    if (this.pictures) this.paintPictures(pen, view, text);
    const r = this.reach();
    for (const at of [...this.near, this.selected]) {
      if (this.hidden.has(this.categories.codes[at])) continue;
      const [x, y] = [view[0] + view[1] * this.places.x[at], view[2] + view[3] * this.places.y[at]];
      outline(pen, this.pictures ? 1 : 0, x, y, r + (at === this.selected ? 4 : 2));
      [pen.lineWidth, pen.strokeStyle] = [at === this.selected ? 3.5 : 1.5, text];
      pen.stroke();
    }
    if (this.grip?.dragged && this.tool !== "pan") drawLoop(pen, this.grip.path, text);
  }

  stamp(pen, [left, across, top, down], sharp, { width, height, text, back }) {
    const { circled, hidden, count, places: { x, y }, categories: { codes } } = this;
    const r = Math.round(2 * this.reach() * sharp) / 2; // few sizes, so that marks are drawn once
    const edge = 8 * Math.ceil((1.4 * r + 2 * sharp) / 8); // around the bitmap: none is clipped
    const [wide, tall] = [width + 2 * edge, height + 2 * edge];
    if (this.bitmap?.width !== wide || this.bitmap?.height !== tall)
      this.bitmap = new ImageData(wide, tall);
    const pixels = new Uint32Array(this.bitmap.data.buffer);
    const look = { text, back, edge, r, line: sharp, wide };
    const marks = this.marksOf(look);
    pixels.fill(marks.ground);
    // dots lie below the rest; what is circled comes last, and the rest is pale
    const dot = this.categories.shapes.indexOf(DOT);
    const passes = (count ? [0, 1] : [0]).flatMap((ring) =>
      dot < 0 ? [[ring, false]] : [[ring, true], [ring, false]]);
    for (const [ring, isDot] of passes)
      for (let at = 0; at < x.length; at++) {
        if ((count && circled[at] !== ring) || (codes[at] === dot) !== isDot) continue;
        const right = Math.round((left + across * x[at]) * sharp) + edge;
        const below = Math.round((top + down * y[at]) * sharp) + edge;
        if (right < edge || below < edge || right >= width + edge || below >= height + edge) continue;
        const code = codes[at];
        if (hidden.size && hidden.has(code)) continue;
        const name = code * 3 + (count ? 1 + ring : 0);
        const mark = (marks[name] ??= this.mark(name, look));
        const [middle, around, colour] = [below * wide + right, mark.places, mark.pixels];
        for (let i = 0; i < around.length; i++) pixels[middle + around[i]] = colour[i];
      }
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.putImageData(this.bitmap, -edge, -edge);
  }

  marksOf(look) { // by three times the category and one more for pale, two for a ring
    const name = JSON.stringify(look);
    if (this.marks.size > MOST_LOOKS) this.marks.clear();
    if (!this.marks.has(name)) this.marks.set(name, markOf(look));
    return this.marks.get(name);
  }

  mark(name, look) {
    const { colours, shapes } = this.categories;
    const code = Math.floor(name / 3);
    return markOf(look, shapes[code], colours[code], name % 3);
  }

  paintPictures(pen, [left, across, top, down], text) {
    const [r, seen] = [this.reach(), this.inside(() => true)];
    if (!this.sheet && seen.length > MOST_PICTURES) return; // enlarge the map to see them
    const missing = [];
    for (const at of seen) {
      const [x, y] = [left + across * this.places.x[at], top + down * this.places.y[at]];
      outline(pen, 1, x, y, r);
      pen.fillStyle = this.circled[at] ? text : this.categories.colours[this.categories.codes[at]];
      pen.fill();
      if (!this.drawPicture(pen, at, x - r + 2, y - r + 2, 2 * r - 4)) missing.push(at);
    }
    if (!this.sheet && this.tips) this.ask(missing);
  }
}
