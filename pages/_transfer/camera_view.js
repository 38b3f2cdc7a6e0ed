// A camera: photos of it while a class records, frames of it while there is a classifier. Cards of
// classes ask by the event "graft-record" and are told by "graft-camera" what the camera does. One
// message is on its way at a time, so that a slow page gets fewer frames; photos wait for theirs.

const PHOTO_PX = 640; // networks see 224 to 600 of it
const FRAME_PX = 320;
const EVERY_MS = 125; // between two photos: closer ones hardly differ
const REST_MS = 100; // between two frames at least
const TOGETHER = 24; // photos in a message, some 1.5 MB
const PATIENCE_MS = 8000; // without an answer, a message is sent again

const cameras = new WeakMap();

export default function ({ data, parentElement: root, setTriggerValue }) {
  const camera = cameras.get(root) ?? new Camera(root);
  cameras.set(root, camera);
  camera.send = (message) => setTriggerValue("sent", message);
  camera.receive(data);
  return () => setTimeout(() => root.isConnected || camera.end());
}

class Camera {
  constructor(root) {
    const names = [".camera", "video", ".hint", "button", ".row span", ".bars", ".pace"];
    [this.box, this.video, this.hint, this.button, this.status, this.bars, this.pace] =
      names.map((name) => root.querySelector(name));
    this.root = root;
    this.canvas = document.createElement("canvas");
    this.queue = [];
    this.recorded = {}; // by class, since the camera was drawn first
    this.nextFrame = 0;
    this.times = [];
    this.box.hidden = false;
    this.button.onclick = () => (this.stream ? this.stop() : this.start());
    this.heard = (event) => this.record(event.detail);
    this.asked = () => this.tell();
    document.addEventListener("graft-record", this.heard);
    document.addEventListener("graft-ask", this.asked);
    // browsers draw no more frames of a video that is out of sight
    this.sight = new IntersectionObserver(([entry]) => {
      this.isAway = !entry.isIntersecting;
      this.follow();
    });
    this.sight.observe(root.querySelector(".place"));
    this.timer = setInterval(() => this.tick(), 25);
    this.say("Start the camera to record photos.");
    this.tell();
  }

  async start() {
    this.button.disabled = true;
    try {
      const size = { width: { ideal: PHOTO_PX }, height: { ideal: (PHOTO_PX * 3) / 4 } };
      this.stream = await navigator.mediaDevices.getUserMedia({
        video: { ...size, facingMode: { ideal: "environment" } },
        audio: false,
      });
      this.stream.getVideoTracks()[0].onended = () => this.stop();
      this.video.srcObject = this.stream;
      this.say("");
    } catch (error) {
      this.say(navigator.mediaDevices
        ? `The browser gives no camera: ${error.message || error.name}.`
        : "The browser gives a camera to localhost and to HTTPS only.");
    }
    this.button.disabled = false;
    if (!this.root.isConnected) this.end();
    this.tell();
  }

  stop() {
    this.recording = null;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.video.srcObject = null;
    this.times = [];
    this.say("Start the camera to record photos.");
    this.tell();
  }

  end() {
    this.stop();
    clearInterval(this.timer);
    this.sight.disconnect();
    document.removeEventListener("graft-record", this.heard);
    document.removeEventListener("graft-ask", this.asked);
    cameras.delete(this.root);
  }

  follow() {
    this.box.classList.toggle("away", Boolean(this.isAway && this.stream));
  }

  say(hint) {
    this.hint.textContent = hint;
    this.button.textContent = this.stream ? "Stop the camera" : "Start the camera";
    this.follow();
    this.draw(this.data ?? { scores: [] });
  }

  record({ number, on, seconds }) {
    if (on && !this.stream) return;
    if (on) {
      this.recording = { number, ends: performance.now() + 1000 * seconds, next: 0, taken: 0 };
      this.unfinished = true;
    } else if (this.recording?.number === number) {
      this.recording.ends = 0; // after one photo at least
    }
    this.tick();
  }

  tick() {
    if (!this.root.isConnected) return this.end();
    const [now, recording] = [performance.now(), this.recording];
    if (recording && this.video.readyState >= 2) {
      if (now >= recording.next && (now < recording.ends || !recording.taken)) {
        this.queue.push([recording.number, this.capture(PHOTO_PX, 0.85)]);
        recording.taken += 1;
        this.recorded[recording.number] = (this.recorded[recording.number] ?? 0) + 1;
        recording.next = now + EVERY_MS;
        this.tell();
      }
      if (now >= recording.ends && recording.taken) {
        this.recording = null;
        this.tell();
      }
    }
    this.pump(now);
  }

  pump(now) {
    if (this.outstanding && now - this.outstanding.at < PATIENCE_MS) return;
    const photos = this.queue.slice(0, TOGETHER);
    const done = Boolean(this.unfinished && !this.recording && photos.length === this.queue.length);
    const isLive = this.live && this.stream && this.video.readyState >= 2 && now >= this.nextFrame;
    if (!photos.length && !done && !isLive) return;
    const frame = isLive && !photos.length ? this.capture(FRAME_PX, 0.85) : null;
    if (frame) this.nextFrame = now + REST_MS;
    this.outstanding = { id: Date.now(), at: now, count: photos.length, done };
    this.send({ id: this.outstanding.id, photos, frame, done });
  }

  receive(data) {
    this.live = data.live;
    if (this.outstanding && data.answered === this.outstanding.id) {
      this.queue.splice(0, this.outstanding.count);
      if (this.outstanding.done) this.unfinished = false;
      this.outstanding = null;
      if (data.scores.length) this.times = [...this.times, performance.now()].slice(-12);
    }
    this.data = data;
    this.draw(data);
  }

  capture(longest, quality) {
    const { videoWidth: width, videoHeight: height } = this.video;
    const scale = Math.min(1, longest / Math.max(width, height));
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    const pen = this.canvas.getContext("2d");
    pen.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    return this.canvas.toDataURL("image/jpeg", quality).split(",")[1];
  }

  tell() {
    const number = this.recording?.number ?? null;
    const received = { ...this.recorded };
    this.queue.forEach(([each]) => (received[each] -= 1));
    this.box.classList.toggle("recording", number !== null);
    this.status.textContent = number === null ? "" : "Recording";
    const { recorded } = this;
    const detail = { on: Boolean(this.stream), number, recorded, received };
    document.dispatchEvent(new CustomEvent("graft-camera", { detail }));
  }

  draw({ scores: answered, each }) {
    const [bars, scores] = [this.bars, this.stream ? answered : []];
    while (bars.children.length > 3 * scores.length) bars.lastChild.remove();
    while (bars.children.length < 3 * scores.length)
      bars.append(...["b", "i", "span"].map((name) => document.createElement(name)));
    const best = Math.max(...scores.map(([, score]) => score));
    scores.forEach(([name, score], place) => {
      const [label, bar, number] = [0, 1, 2].map((part) => bars.children[3 * place + part]);
      label.textContent = name;
      label.className = bar.className = score === best ? "best" : "";
      bar.style.transform = `scaleX(${Math.max(score, 0.004)})`;
      number.textContent = `${(100 * score).toFixed(0)}%`;
    });
    bars.ariaLabel = scores
      .map(([name, score]) => `${name} ${(100 * score).toFixed(0)}%`)
      .join(", ");
    const spent = this.times.at(-1) - this.times[0];
    const rate = this.times.length > 1 ? (1000 * (this.times.length - 1)) / spent : 0;
    this.pace.textContent = !scores.length
      ? ""
      : `${rate.toFixed(0)} answers/s · ${each} ms each`;
  }
}
