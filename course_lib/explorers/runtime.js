// One runtime for all explorers: controls, keyboard, dragging, and the words under the picture.
// No kernel and no library: it runs in a notebook, on a page and on a slide, which may set its size
// by --explorer-width, --explorer-height, --picture-height and --explorer-font.
//
// An explorer is {size: [width, height], picture(values, computed) -> {svg, words}}, and where it has them
//   assets(computed) -> {id: svg}  what is large and stays: defined once, shown by <use href="#id">
//   drag(values, {part, x, y, from}, computed) -> changes    while a [data-drag=part] of the picture is dragged;
//                                  x and y in the picture's units, `from` the same where the drag began
//   settle(values, name, computed) -> changes                what follows for other controls when `name` was moved
// Elements with data-set='{"depth": 50}' set controls when they are clicked.

const STYLE = `
  :host { display: flex; flex-direction: column; color: inherit; font: var(--explorer-font, 14px/1.45 system-ui, sans-serif);
          max-width: var(--explorer-width, var(--width)); height: var(--explorer-height, auto); }
  .controls { display: flex; flex-wrap: wrap; gap: 4px 24px; align-items: center; margin-bottom: 6px; }
  .controls label.slider { display: grid; grid-template-columns: 7em 170px auto; gap: 8px; align-items: center; }
  .controls .slider span { font-variant-numeric: tabular-nums; white-space: nowrap; }
  fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: center; }
  legend { float: left; padding: 0; margin-right: 12px; }
  input { accent-color: #0072B2; margin: 0; }
  input[type=range] { width: 100%; min-height: 24px; }
  fieldset label { display: inline-flex; gap: 5px; align-items: center; min-height: 24px; }
  :focus-visible { outline: 2px solid #0072B2; outline-offset: 2px; border-radius: 3px; }
  .scroll { overflow-x: auto; flex: 1 1 auto; min-height: 0; }
  svg.picture { display: block; width: 100%; min-width: min(var(--width), 600px); height: var(--picture-height, auto); user-select: none; font-family: system-ui, sans-serif; }
  [data-drag] { cursor: grab; touch-action: none; } .dragged { cursor: grabbing; } [data-set] { cursor: pointer; }
  p { margin: 4px 0 0; min-height: var(--lines); }
  .assets { position: absolute; width: 0; height: 0; }`;

/** The explorer in anywidget's shape: its model has `controls`, `values`, `computed`, and `lines` of words. */
export function explorer(module) {
  return {
    render({model, el}) {
      const controls = model.get("controls"), computed = model.get("computed");
      const host = el.appendChild(document.createElement("div"));
      host.dataset.courseExplorer = "";
      host.style.setProperty("--width", `${module.size[0]}px`);
      host.style.setProperty("--lines", `${1.45 * (model.get("lines") ?? 2)}em`);
      const root = host.attachShadow({mode: "open"});
      root.innerHTML = `<style>${STYLE}</style><div class="controls"></div>
        <svg class="assets" aria-hidden="true"><defs>${Object.values(module.assets?.(computed) ?? {}).join("")}</defs></svg>
        <div class="scroll" tabindex="0" role="group" aria-label="picture"><svg class="picture" role="img" viewBox="0 0 ${module.size.join(" ")}"></svg></div><p role="status"></p>`;
      const svg = root.querySelector("svg.picture"), words = root.querySelector("p");

      function draw() {
        const values = model.get("values");
        const drawn = module.picture(values, computed);
        for (const view of views) view.show(values[view.name]);
        svg.innerHTML = drawn.svg;
        svg.setAttribute("aria-label", drawn.words);
        words.textContent = drawn.words;
      }
      /** Takes over what the controls can take of `changes`, and what follows from it. */
      function change(changes) {
        let values = model.get("values");
        for (const [name, value] of Object.entries(changes)) {
          const control = controls.find((each) => each.name === name);
          values = {...values, [name]: nearest(control, value)};
          values = {...values, ...module.settle?.(values, name, computed)};
        }
        model.set("values", values);
        model.save_changes?.();
        draw();
      }
      const place = root.querySelector(".controls");
      const views = controls.map((control) => ({slider, choice, switches})[control.kind](control, place, change));
      listen(svg, module, () => model.get("values"), change, computed);
      keepKeys();
      draw();
    },
  };
}

/** The allowed value that is closest: dragging gives any number. */
function nearest(control, value) {
  const allowed = control.options.map(([, option]) => option);
  if (typeof value !== "number" || allowed.includes(value)) return value;
  return allowed.filter((option) => typeof option === "number")
    .reduce((best, option) => (Math.abs(option - value) < Math.abs(best - value) ? option : best));
}

function slider({name, label, options}, place, change) {
  const row = place.appendChild(document.createElement("label"));
  row.className = "slider";
  row.append(label);
  const input = row.appendChild(document.createElement("input")), shown = row.appendChild(document.createElement("span"));
  shown.style.minWidth = `${Math.max(4, ...options.map(([words]) => words.length))}ch`; // or what follows would jump
  Object.assign(input, {type: "range", min: 0, max: options.length - 1, step: 1});
  input.setAttribute("aria-label", label);
  shown.setAttribute("aria-hidden", "true"); // the slider says it itself
  input.addEventListener("input", () => change({[name]: options[+input.value][1]}));
  return {name, show(value) {
    const index = options.findIndex(([, option]) => option === value);
    input.value = index;
    input.setAttribute("aria-valuetext", options[index][0]);
    shown.textContent = options[index][0];
  }};
}

let choices = 0; // radio buttons belong together by a name that no other explorer has
function choice({name, label, options}, place, change) {
  const set = place.appendChild(document.createElement("fieldset")), shared = `${name}-${choices++}-${Math.random()}`;
  set.appendChild(document.createElement("legend")).textContent = label;
  const inputs = options.map(([words, value]) => {
    const row = set.appendChild(document.createElement("label")), input = row.appendChild(document.createElement("input"));
    Object.assign(input, {type: "radio", name: shared});
    row.append(words);
    input.addEventListener("change", () => change({[name]: value}));
    return input;
  });
  return {name, show(value) {
    inputs.forEach((input, i) => { input.checked = options[i][1] === value; });
  }};
}

function switches({name, label, options}, place, change) {
  const set = place.appendChild(document.createElement("fieldset"));
  set.appendChild(document.createElement("legend")).textContent = label;
  const inputs = options.map(([words]) => {
    const row = set.appendChild(document.createElement("label")), input = row.appendChild(document.createElement("input"));
    input.type = "checkbox";
    row.append(words);
    input.addEventListener("change", () => change({[name]: options.filter((_, i) => inputs[i].checked).map(([, value]) => value)}));
    return input;
  });
  return {name, show(values) {
    inputs.forEach((input, i) => { input.checked = values.includes(options[i][1]); });
  }};
}

/** Dragging and clicking. The picture is drawn anew meanwhile, so the root listens, not its parts. */
function listen(svg, module, values, change, computed) {
  let held = null;
  const at = (event) => {
    const {x, y} = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return {x, y};
  };
  svg.addEventListener("pointerdown", (event) => {
    const part = event.target.closest("[data-drag]");
    if (!part || event.button) return;
    held = {part: part.dataset.drag, from: {...at(event), values: values()}};
    svg.setPointerCapture(event.pointerId);
    svg.classList.add("dragged");
    move(event);
  });
  function move(event) {
    if (held) change(module.drag(values(), {...held, ...at(event)}, computed));
  }
  const release = () => { held = null; svg.classList.remove("dragged"); };
  svg.addEventListener("pointermove", move);
  svg.addEventListener("pointerup", release);
  svg.addEventListener("pointercancel", release);
  svg.addEventListener("touchstart", (event) => held && event.stopPropagation()); // a deck would turn the slide
  svg.addEventListener("click", (event) => {
    const part = event.target.closest("[data-set]");
    if (part) change(JSON.parse(part.dataset.set));
  });
}

/** Notebook and deck listen for keys at the document; the window hears them first. What a key does by
 * itself in a control still happens; combinations such as Ctrl+S, and Escape, go their usual way. */
function keepKeys() {
  if (window.courseExplorerKeys) return;
  window.courseExplorerKeys = true;
  const ours = (event) => event.composedPath().some((element) => element.dataset?.courseExplorer !== undefined);
  const theirs = (event) => event.ctrlKey || event.metaKey || event.altKey || ["Escape", "Tab", "Enter"].includes(event.key);
  for (const kind of ["keydown", "keypress"])
    window.addEventListener(kind, (event) => { if (ours(event) && !theirs(event)) event.stopPropagation(); }, true);
}

/** Makes the figures of that name live, which are in the page as pictures. */
export function mount(explorer, name) {
  for (const figure of document.querySelectorAll(`figure[data-explorer="${name}"]:not([data-live])`)) {
    figure.dataset.live = "";
    const state = {...JSON.parse(figure.dataset.model), computed: JSON.parse(figure.dataset.computed)};
    figure.replaceChildren();
    figure.style.margin = "0";
    explorer.render({el: figure, model: {get: (key) => state[key], set: (key, value) => { state[key] = value; }}});
  }
}
