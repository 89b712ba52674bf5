"use strict";

// A button that plays and pauses: calls `tick` every so many milliseconds.
function play(button, tick, milliseconds) {
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    button.textContent = "Play";
  };
  button.addEventListener("click", () => {
    if (timer) return stop();
    timer = setInterval(tick, milliseconds);
    button.textContent = "Pause";
    tick();
  });
  return stop;
}

for (const player of document.querySelectorAll(".player")) {
  const slider = player.querySelector("input");
  if (!slider) continue;
  const frames = player.querySelectorAll("[data-step]");
  const output = player.querySelector("output");
  const show = () => {
    frames.forEach((frame, i) => { frame.hidden = i !== slider.valueAsNumber; });
    const text = "step " + frames[slider.valueAsNumber].dataset.step;
    output.textContent = text;
    slider.setAttribute("aria-valuetext", text);
  };
  const stop = play(player.querySelector("button"), () => {
    slider.value = (slider.valueAsNumber + 1) % frames.length;
    show();
  }, 300);
  slider.addEventListener("input", () => { stop(); show(); });
  show();  // a reloaded page keeps the slider where it was
}

for (const walks of document.querySelectorAll(".walks")) {
  const width = Number(walks.dataset.width), frames = Number(walks.dataset.frames);
  const screens = [];
  for (const strip of walks.querySelectorAll(".row img")) {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = strip.naturalHeight || strip.height;
    canvas.setAttribute("aria-hidden", "true");  // the strip beside it has the text
    strip.before(canvas);
    screens.push([canvas.getContext("2d"), strip]);
  }
  let moment = 0;
  const draw = () => {
    const there = moment % (2 * frames - 2 || 1);
    const frame = there < frames ? there : 2 * frames - 2 - there;
    for (const [screen, strip] of screens) {
      const { width: w, height: h } = screen.canvas;
      screen.drawImage(strip, frame * (width + 1), 0, w, h, 0, 0, w, h);
    }
  };
  play(walks.querySelector("button"), () => { moment += 1; draw(); }, 120);
  for (const [, strip] of screens) strip.decode().then(draw, () => {});
}

for (const button of document.querySelectorAll("thead button")) {
  button.addEventListener("click", () => {
    const title = button.closest("th");
    const column = title.cellIndex, body = title.closest("table").tBodies[0];
    const sign = title.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const other of title.parentNode.cells) other.removeAttribute("aria-sort");
    title.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    const value = (row) => Number(row.cells[column].dataset.value);
    body.append(...[...body.rows].sort((a, b) => sign * (value(a) - value(b))));
  });
}

for (const matrix of document.querySelectorAll(".confusion")) {
  const output = matrix.querySelector("output");
  const tell = (event) => {
    const title = event.target.closest("g")?.querySelector("title");
    if (title) output.textContent = title.textContent;
  };
  matrix.addEventListener("pointerover", tell);
  matrix.addEventListener("click", tell);
}

for (const scatter of document.querySelectorAll(".scatter")) {
  const buttons = scatter.querySelectorAll("button");
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      for (const other of buttons) other.setAttribute("aria-pressed", String(on && other === button));
      for (const path of scatter.querySelectorAll("path")) {
        path.classList.toggle("dim", on && !path.classList.contains(button.dataset.only));
      }
    });
  }
}
