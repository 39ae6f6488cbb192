// The sheet that widgets.Sheet shows: a canvas to draw on with mouse, finger or pen.
// Its model has `strokes`, a list of lists of [x, y] from 0 to 1, and `side`, the canvas' side in pixels.

function render({ model, el }) {
  const side = model.get("side");
  const canvas = document.createElement("canvas");
  const sharpness = window.devicePixelRatio || 1;
  canvas.width = canvas.height = side * sharpness;
  canvas.style.cssText =
    `width:${side}px;height:${side}px;background:white;border:1px solid #777;` +
    "cursor:crosshair;touch-action:none;display:block"; // touch-action: a finger draws, and does not scroll
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", model.get("label"));
  const pen = canvas.getContext("2d");
  let current = null; // the stroke being drawn

  const drawn = () => [model.get("strokes")].flat().filter(Array.isArray); // whatever Python sends

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
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    const round = (value) => Math.round(value * 1000) / 1000;
    const x = (event.clientX - box.left - canvas.clientLeft) / canvas.clientWidth;
    const y = (event.clientY - box.top - canvas.clientTop) / canvas.clientHeight;
    return [round(x), round(y)];
  }

  function send(strokes) {
    model.set("strokes", strokes);
    model.save_changes();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || current) return;
    canvas.setPointerCapture(event.pointerId);
    current = [place(event)];
    paint();
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!current) return;
    current.push(place(event));
    paint();
  });
  const end = () => {
    if (!current) return;
    const finished = current;
    current = null;
    send([...drawn(), finished]);
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);

  const buttons = document.createElement("div");
  const button = (text, action) => {
    const one = document.createElement("button");
    one.textContent = text;
    one.style.cssText = "margin:4px 6px 0 0;padding:4px 10px";
    one.addEventListener("click", action);
    buttons.append(one);
  };
  button("undo", () => send(drawn().slice(0, -1)));
  button("clear", () => send([]));

  model.on("change:strokes", paint);
  el.append(canvas, buttons);
  paint();
  return () => model.off("change:strokes", paint);
}

export default { render };
