// The page's behaviour. `ort` (onnxruntime-web) and `latentOf` (random.js) stand above in the same module.
const $$ = (id) => document.getElementById(id);
const meta = JSON.parse($$("meta").textContent);
const { height, width, channels } = meta;
const LIVE = 40; // ms: thumbnails that take longer are drawn when nothing moves
const state = { seed: 0, number: 0, between: 0, x: 0, y: 0, psi: 1, values: meta.start };

/** The bytes of a gzipped file that lies in the page in base64. */
async function unpacked(id) {
  const packed = Uint8Array.from(atob($$(id).textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/** a x + b y + c z of latents. */
const mixed = (...pairs) =>
  Float32Array.from({ length: meta.latent }, (_, i) => pairs.reduce((sum, [weight, z]) => sum + weight * z[i], 0));

/** Latent of a number of the seed; those last used are kept. */
const kept = new Map();
function numbered(number) {
  const key = `${state.seed} ${number}`;
  if (kept.size > 64) kept.clear();
  if (!kept.has(key)) kept.set(key, latentOf(state.seed, 0, number, meta.latent));
  return kept.get(key);
}

/** The latent where the knob is: independent normal numbers, mixed so that their variance stays 1. */
function latent() {
  const turn = (state.between * Math.PI) / 2;
  const middle = state.between ? mixed([Math.cos(turn), numbered(state.number)], [Math.sin(turn), numbered(state.number + 1)])
    : numbered(state.number);
  if (!state.x && !state.y) return middle;
  const scale = 1 / Math.hypot(1, state.x, state.y);
  return mixed([scale, middle], [scale * state.x, numbered(state.number + 2)], [scale * state.y, numbered(state.number + 3)]);
}

/** What a caption says in numbers: 1 for each known word and run of words. */
function textVector(part, value) {
  const words = value.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  const vector = new Float32Array(part.names.length);
  for (let size = 1; size <= part.ngrams; size++) {
    for (let i = 0; i + size <= words.length; i++) {
      const place = part.names.indexOf(words.slice(i, i + size).join(" "));
      if (place >= 0) vector[place] = 1;
    }
  }
  return vector;
}

/** The vector of each kind of condition, as cwgan_jax/data/conditions encodes it. */
const ENCODE = {
  class: (part, value) => part.names.map((_, i) => Number(i === value)),
  labels: (part, value) => part.names.map((_, i) => Number(value.includes(i))),
  number: (part, value) => [(value - part.mean) / part.deviation],
  cycle: (part, value) => [Math.cos((2 * Math.PI * value) / part.period), Math.sin((2 * Math.PI * value) / part.period)],
  text: textVector,
  sentence: (part, value) => part.vectors[value],
};
const encoded = (values) => Float32Array.from(meta.schema.flatMap((part, i) => [...ENCODE[part.kind](part, values[i])]));

/** What the generator makes of latents and conditions: f[n, H, W, D]. Calls queue up: a session takes one at a time. */
let session;
let queue = Promise.resolve();
async function generate(latents, conditions) {
  const count = latents.length;
  if (meta.batch && count > meta.batch) {
    const all = new Float32Array(count * height * width * channels);
    for (let i = 0; i < count; i++) all.set(await generate([latents[i]], [conditions[i]]), i * height * width * channels);
    return all;
  }
  const scale = meta.psi ? 1 : state.psi;
  const flat = new Float32Array(count * meta.latent);
  latents.forEach((z, i) => flat.set(scale === 1 ? z : z.map((x) => x * scale), i * meta.latent));
  const feeds = { latent: new ort.Tensor("float32", flat, [count, meta.latent]) };
  if (meta.input === "label") {
    feeds.label = new ort.Tensor("int32", Int32Array.from(conditions, (values) => values[0]), [count]);
  } else if (meta.input === "condition") {
    const vectors = conditions.map(encoded);
    const all = new Float32Array(count * vectors[0].length);
    vectors.forEach((vector, i) => all.set(vector, i * vector.length));
    feeds.condition = new ort.Tensor("float32", all, [count, vectors[0].length]);
  }
  if (meta.psi) feeds.psi = new ort.Tensor("float32", Float32Array.of(state.psi), []);
  queue = queue.catch(() => {}).then(async () => (await session.run(feeds)).image.data);
  return queue;
}

/** One example as pixels. */
function pixels(example) {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) {
      const value = example[i * channels + (channels < 3 ? 0 : c)];
      image.data[4 * i + c] = Math.round((Math.min(1, Math.max(-1, value)) + 1) * 127.5);
    }
    image.data[4 * i + 3] = channels === 4 ? Math.round((Math.min(1, Math.max(-1, example[i * channels + 3])) + 1) * 127.5) : 255;
  }
  return image;
}

/** One example as lines over time, a channel each. */
function lines(canvas, example) {
  const context = canvas.getContext("2d");
  const [low, high] = [Math.min(...example), Math.max(...example)];
  const { color: ink, backgroundColor: paper } = getComputedStyle(document.body);
  context.fillStyle = paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (let c = 0; c < channels; c++) {
    context.beginPath();
    for (let t = 0; t < height; t++) {
      const level = (example[t * channels + c] - low) / (high - low || 1);
      context.lineTo((t / (height - 1)) * canvas.width, (0.95 - 0.9 * level) * canvas.height);
    }
    context.lineWidth = canvas.width / 200;
    context.strokeStyle = c ? `hsl(${(c * 137) % 360} 60% 50%)` : ink;
    context.stroke();
  }
}

function show(canvas, example) {
  if (meta.kind === "images") canvas.getContext("2d").putImageData(pixels(example), 0, 0);
  else lines(canvas, example);
}

function sized(canvas) {
  [canvas.width, canvas.height] = meta.kind === "images" ? [width, height] : [800, 400];
  return canvas;
}

/** What is asked for, in words. */
const WORDS = {
  class: (part, value) => part.names[value],
  labels: (part, value) => value.map((i) => part.names[i]).join(", ") || "none",
  number: (part, value) => `${part.name} ${Number(value.toPrecision(4))}`,
  cycle: (part, value) => `${part.name} ${Number(value.toPrecision(4))}`,
  text: (part, value) => value,
  sentence: (part, value) => part.names[value],
};
const inWords = () => meta.schema.map((part, i) => WORDS[part.kind](part, state.values[i])).join(", ");

/** Draws again; what is asked for while something is drawn is drawn once behind it. */
let busy = false;
let again = false;
let settled;
async function draw() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    do {
      again = false;
      await frame();
      await new Promise(requestAnimationFrame);
    } while (again);
    clearTimeout(settled);
    settled = setTimeout(() => settle().catch(failed), 250);
  } catch (error) {
    failed(error);
  } finally {
    busy = false;
  }
}

async function frame() {
  const begun = performance.now();
  const live = thumbnails.length > 0 && thumbnails.cost < LIVE;
  const all = live ? thumbnails.map((_, i) => [i]) : [];
  const data = await generate(Array(all.length + 1).fill(latent()), [state.values, ...all]);
  const size = height * width * channels;
  show($$("main"), data.subarray(0, size));
  all.forEach((_, i) => show(thumbnails[i], data.subarray((i + 1) * size, (i + 2) * size)));
  drawn += 1;
  if (live) thumbnails.cost = 0.8 * thumbnails.cost + 0.2 * (performance.now() - begun);
}

/** Says that something could not be drawn. */
function failed(error) {
  $$("caption").textContent = `This could not be drawn: ${error.message ?? error}`;
}
let drawn = 0;

/** When nothing moves any more: the caption, and thumbnails that are too slow for every frame. */
async function settle() {
  const words = inWords();
  const place = state.x || state.y || state.between ? "between latents" : `number ${state.number}`;
  $$("caption").textContent = `${words ? `${words}: ` : ""}seed ${state.seed}, ${place}`;
  $$("main").setAttribute("aria-label", `generated: ${words || meta.title}`);
  if (thumbnails.length && thumbnails.cost >= LIVE) {
    const begun = performance.now();
    const data = await generate(Array(thumbnails.length).fill(latent()), thumbnails.map((_, i) => [i]));
    const size = height * width * channels;
    thumbnails.forEach((canvas, i) => show(canvas, data.subarray(i * size, (i + 1) * size)));
    thumbnails.cost = performance.now() - begun;
  }
}

function set(changes) {
  Object.assign(state, changes);
  $$("knob").style.left = `${50 + 50 * (state.x / REACH)}%`;
  $$("knob").style.top = `${50 + 50 * (state.y / REACH)}%`;
  $$("number").textContent = state.number;
  $$("psi-value").textContent = state.psi.toFixed(2);
  draw();
}

// The pad.
const REACH = 1.5;
const within = (value) => Math.min(REACH, Math.max(-REACH, value));
function drag(event) {
  const box = $$("pad").getBoundingClientRect();
  const along = (at, start, length) => within(((at - start) / length) * 2 * REACH - REACH);
  stop();
  set({ x: along(event.clientX, box.left, box.width), y: along(event.clientY, box.top, box.height) });
}
$$("pad").addEventListener("pointerdown", (event) => {
  $$("pad").setPointerCapture(event.pointerId);
  drag(event);
});
$$("pad").addEventListener("pointermove", (event) => event.buttons && drag(event));
$$("pad").addEventListener("keydown", (event) => {
  const step = event.shiftKey ? 0.3 : 0.1;
  const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  if (event.key === "Home") set({ x: 0, y: 0 });
  else if (moves[event.key]) set({ x: within(state.x + moves[event.key][0]), y: within(state.y + moves[event.key][1]) });
  else return;
  stop();
  event.preventDefault();
});

// The walk: from number to number, 1.5 seconds each.
let walking = 0;
function stop() {
  cancelAnimationFrame(walking);
  walking = 0;
  $$("walk").setAttribute("aria-pressed", "false");
}
$$("walk").addEventListener("click", () => {
  if (walking) return stop();
  $$("walk").setAttribute("aria-pressed", "true");
  let last = performance.now();
  const step = (now) => {
    const along = state.between + (now - last) / 1500;
    last = now;
    set({ x: 0, y: 0, number: state.number + Math.floor(along), between: along % 1 });
    walking = requestAnimationFrame(step);
  };
  walking = requestAnimationFrame(step);
});
$$("next").addEventListener("click", () => {
  stop();
  set({ number: state.number + 1, between: 0, x: 0, y: 0 });
});
$$("seed").addEventListener("change", (event) => {
  const seed = Math.round(Math.min(2 ** 32 - 1, Math.max(0, Number(event.target.value) || 0)));
  event.target.value = seed;
  stop();
  set({ seed, number: 0, between: 0, x: 0, y: 0 });
});
$$("psi").addEventListener("input", (event) => set({ psi: Number(event.target.value) }));

// Files.
function download(canvas, name) {
  canvas.toBlob((blob) => {
    if (!blob) return failed("the sheet is too large for this browser");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${name}.png`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
}
const fileName = () => [meta.name, inWords(), `seed${state.seed}`].filter(Boolean).join("-").replace(/[^\w.-]+/g, "_");
$$("save").addEventListener("click", () => download($$("main"), fileName()));

/** Ten of each class, or of the condition chosen: the pictures of `cwgan sample --seed=...`. */
async function sheet() {
  const rows = thumbnails.length ? thumbnails.map((_, i) => [i]) : [state.values];
  const columns = 10;
  const canvas = document.createElement("canvas");
  const cell = sized(document.createElement("canvas"));
  [canvas.width, canvas.height] = [columns * cell.width, rows.length * cell.height];
  const size = height * width * channels;
  for (const [row, values] of rows.entries()) {
    const latents = Array.from({ length: columns }, (_, slot) => latentOf(state.seed, row, slot, meta.latent));
    const data = await generate(latents, Array(columns).fill(values));
    for (let column = 0; column < columns; column++) {
      show(cell, data.subarray(column * size, (column + 1) * size));
      canvas.getContext("2d").drawImage(cell, column * cell.width, row * cell.height);
    }
  }
  return canvas;
}
$$("sheet").addEventListener("click", () => {
  sheet().then((canvas) => download(canvas, `${meta.name}-seed${state.seed}`), failed);
});

// The controls of the condition.
const thumbnails = [];
thumbnails.cost = LIVE; // ms, of the classes together; not known yet
function choose(index, value) {
  set({ values: state.values.map((old, i) => (i === index ? value : old)) });
  real();
}
function labelled(text, element) {
  const label = document.createElement("label");
  label.append(text, " ", element);
  return label;
}
function make(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}

function pictures(part) {
  const group = make("div", { className: "classes" });
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-label", part.name);
  const buttons = part.names.map((name, i) => {
    const button = make("button");
    const canvas = sized(make("canvas"));
    canvas.setAttribute("aria-hidden", "true");
    thumbnails.push(canvas);
    button.append(canvas, name);
    button.setAttribute("role", "radio");
    button.addEventListener("click", () => pick(i));
    return button;
  });
  function pick(chosen, focus = false) {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-checked", String(i === chosen));
      button.tabIndex = i === chosen ? 0 : -1;
    });
    if (focus) buttons[chosen].focus();
    choose(0, chosen);
  }
  group.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!move) return;
    pick((state.values[0] + move + buttons.length) % buttons.length, true);
    event.preventDefault();
  });
  group.append(...buttons);
  buttons.forEach((button, i) => {
    button.setAttribute("aria-checked", String(i === state.values[0]));
    button.tabIndex = i === state.values[0] ? 0 : -1;
  });
  return group;
}

function list(part, index) {
  const select = make("select");
  select.append(...part.names.map((name, value) => make("option", { value, textContent: name })));
  select.value = state.values[index];
  select.addEventListener("change", () => choose(index, Number(select.value)));
  return labelled(part.name, select);
}

function slider(part, index) {
  const [low, high] = part.kind === "cycle" ? [0, part.period] : [part.low, part.high];
  const output = make("span", { textContent: Number(state.values[index].toPrecision(4)) });
  const range = make("input", { type: "range", min: low, max: high, step: "any", value: state.values[index] });
  range.addEventListener("input", () => {
    output.textContent = Number(Number(range.value).toPrecision(4));
    choose(index, Number(range.value));
  });
  const label = labelled(part.name, output);
  label.append(range);
  return label;
}

function toggles(part, index) {
  const group = make("div", { className: "labels" });
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", part.name);
  group.append(part.name, ...part.names.map((name, i) => {
    const button = make("button", { textContent: name });
    const mark = () => button.setAttribute("aria-pressed", String(state.values[index].includes(i)));
    button.addEventListener("click", () => {
      const old = state.values[index];
      choose(index, old.includes(i) ? old.filter((x) => x !== i) : [...old, i].sort((a, b) => a - b));
      mark();
    });
    mark();
    return button;
  }));
  return group;
}

function caption(part, index) {
  const input = make("input", { type: "text", value: state.values[index] });
  input.addEventListener("input", () => choose(index, input.value));
  const known = part.names.filter((name) => !name.includes(" "));
  const label = labelled(part.name, input);
  label.append(make("small", { textContent: `Words it knows: ${known.slice(0, 60).join(", ")}${known.length > 60 ? " ..." : ""}` }));
  return label;
}

const CONTROLS = { class: list, labels: toggles, number: slider, cycle: slider, text: caption, sentence: list };
if (meta.schema.length) {
  const parts = meta.schema.map((part, i) => (meta.input === "label" ? pictures(part) : CONTROLS[part.kind](part, i)));
  $$("parts").append(...parts);
  $$("condition").hidden = false;
}

/** Real examples, those of the class if there are classes. */
function real() {
  const shown = meta.input === "label" ? meta.real[state.values[0]] : meta.real[0];
  $$("real").hidden = !shown?.length;
  $$("examples").replaceChildren(...(shown ?? []).map((src, i) => make("img", { src, alt: `real picture ${i + 1}` })));
}

document.documentElement.style.setProperty("--aspect", meta.kind === "images" ? `${width} / ${height}` : "2");
sized($$("main")).classList.toggle("line", meta.kind !== "images");
real();
try {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = await unpacked("runtime");
  session = await ort.InferenceSession.create(new Uint8Array(await unpacked("model")));
  set({});
  globalThis.cwgan = { state, set, sheet, generate, encoded, latentOf, drawn: () => drawn, meta }; // for tests
} catch (error) {
  $$("caption").textContent = `This browser cannot run the generator: ${error.message ?? error}`;
}
