// The sheet that widgets.Sheet shows: a canvas to draw on with mouse, finger, pen or keys.
// Its model has `strokes`, a list of lists of [x, y] from 0 to 1, `side`, the canvas' side in pixels of the page,
// and `label`, which says what the canvas is to those who hear the page.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const KEYS = "keys"; // stands for the id of a pointer, while a stroke is drawn by keys
const HAND_RESTS = 1000; // milliseconds after a sign of the pen in which a touch is the hand that holds it

function render({ model, el }) {
  const side = model.get("side");
  const canvas = document.createElement("canvas");
  const sharpness = Math.max(2, window.devicePixelRatio || 1);
  canvas.width = canvas.height = side * sharpness;
  canvas.style.cssText =
    `width:${side}px;max-width:100%;aspect-ratio:1;background:white;box-shadow:0 0 0 1px #777;` +
    "cursor:crosshair;touch-action:none;display:block"; // touch-action: a finger draws, and does not scroll
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application"); // the keys below go to the canvas
  canvas.setAttribute("aria-label", model.get("label"));
  canvas.dataset.lmSuppressShortcuts = "true"; // JupyterLab's own keys
  const pen = canvas.getContext("2d");

  const drawn = () => [model.get("strokes")].flat().filter(Array.isArray); // whatever Python sends
  const past = []; // what was on the sheet before each change
  let now = drawn();
  let undoing = false;
  let current = null; // the stroke being drawn
  let pointer = null; // the id and kind of who draws it
  let seenPen = -Infinity; // when a pen was last seen
  let spot = [0.5, 0.5]; // where the keys' pen is

  function line(points) {
    pen.beginPath();
    points.forEach(([x, y], i) => {
      pen[i ? "lineTo" : "moveTo"](x * canvas.width, y * canvas.height);
    });
    if (points.length === 1) pen.lineTo(points[0][0] * canvas.width + 0.1, points[0][1] * canvas.height); // a dot
    pen.stroke();
  }

  function paint() {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.lineWidth = canvas.width / 64;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "black";
    drawn().forEach(line);
    if (current) line(current);
    if (!canvas.matches(":focus-visible")) return;
    pen.lineWidth = canvas.width / 128;
    pen.strokeStyle = "#0072B2";
    pen.beginPath();
    pen.arc(spot[0] * canvas.width, spot[1] * canvas.height, canvas.width / 32, 0, 7);
    pen.stroke();
  }

  const round = (value) => Math.round(value * 1000) / 1000;

  function place(event) {
    const box = canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width;
    const y = (event.clientY - box.top) / box.height;
    return [round(x), round(y)];
  }

  function send(strokes) {
    model.set("strokes", strokes);
    model.save_changes();
  }

  function changed() {
    if (!undoing) past.push(now);
    now = drawn();
    paint();
  }

  function undo() {
    undoing = true;
    send(past.pop() ?? drawn().slice(0, -1)); // after a reload of the page nothing is known of the past
    undoing = false;
  }

  function begin(id, kind, point) {
    pointer = { id, kind };
    current = [point];
    paint();
  }

  function end(kept) {
    const finished = current;
    current = null;
    if (kept) send([...drawn(), finished]);
    else paint();
  }

  canvas.addEventListener("pointerdown", (event) => {
    const kind = event.pointerType;
    if (kind === "pen") seenPen = event.timeStamp;
    const hand = kind === "touch" && event.timeStamp - seenPen < HAND_RESTS;
    if (event.button !== 0 || hand) return;
    if (current && pointer.id === KEYS) end(true);
    if (current && kind === "pen" && pointer.kind === "touch") end(false); // that was the hand, too
    if (current) return; // a second finger
    canvas.setPointerCapture(event.pointerId);
    begin(event.pointerId, kind, place(event));
    canvas.focus({ preventScroll: true });
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "pen") seenPen = event.timeStamp;
    if (!current || event.pointerId !== pointer.id) return;
    current.push(place(event));
    paint();
  });
  const ends = (kept) => (event) => {
    if (current && event.pointerId === pointer.id) end(kept);
  };
  canvas.addEventListener("pointerup", ends(true));
  canvas.addEventListener("pointercancel", ends(false)); // the system took the pointer: no stroke was meant

  canvas.addEventListener("keydown", (event) => {
    if (current && pointer.id !== KEYS) return;
    if (event.key in ARROWS) {
      const step = (event.shiftKey ? 4 : 1) / 64;
      spot = spot.map((value, i) => round(Math.min(1, Math.max(0, value + step * ARROWS[event.key][i]))));
      if (current) current.push(spot);
    } else if (event.key === " ") {
      if (current) end(true);
      else begin(KEYS, KEYS, spot);
    } else if (event.key === "Escape" && current) {
      end(false);
    } else if (event.key === "z" && (event.ctrlKey || event.metaKey) && !current) {
      undo();
    } else return;
    paint();
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener("focus", paint);
  canvas.addEventListener("blur", () => {
    if (current && pointer.id === KEYS) end(true);
    paint();
  });

  const caption = document.createElement("div");
  caption.textContent = "your drawing";
  caption.style.lineHeight = "28px"; // as beside it
  const buttons = document.createElement("div");
  const button = (text, action) => {
    const one = document.createElement("button");
    one.textContent = text;
    one.style.cssText = "margin:4px 6px 0 0;padding:4px 10px";
    one.addEventListener("click", action);
    buttons.append(one);
  };
  button("undo", undo);
  button("clear", () => send([]));

  model.on("change:strokes", changed);
  el.append(caption, canvas, buttons);
  paint();
  return () => model.off("change:strokes", changed);
}

export default { render };
