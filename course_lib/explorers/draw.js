// What the explorers draw with: each function returns a piece of SVG as text, so that a picture is
// a pure function of its values and can be drawn without a browser too.
//
// Colours are Okabe and Ito's. Fills are laid thinly over whatever lies behind and lines and letters
// take the page's own colour, so that a picture is at home on a light page and on a dark one.
export const ORANGE = "#E69F00", SKY = "#56B4E9", GREEN = "#009E73", YELLOW = "#F0E442";
export const BLUE = "#0072B2", VERMILION = "#D55E00", PURPLE = "#CC79A7", INK = "currentColor";

const ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"};
export const escaped = (words) => String(words).replace(/[&<>"]/g, (letter) => ENTITIES[letter]);

/** An element: tag("rect", {x: 1, fill: SKY}) is `<rect x="1" fill="#56B4E9"></rect>`. */
export function tag(name, attributes = {}, ...children) {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== null && value !== false)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? round(value) : escaped(value)}"`);
  return `<${name}${written.join("")}>${children.flat(Infinity).join("")}</${name}>`;
}
const round = (number) => Math.round(number * 100) / 100;

/** How a box looks: a thin fill, a full line of the same colour. */
export const filled = (color, look = {}) => ({fill: color, "fill-opacity": 0.35, stroke: color, ...look});
export const outlined = (color = INK, look = {}) => ({fill: "none", stroke: color, ...look});

export const box = (x, y, width, height, look = outlined()) => tag("rect", {x, y, width, height, ...look});
export const line = (x1, y1, x2, y2, look = {}) => tag("line", {x1, y1, x2, y2, stroke: INK, ...look});
export const circle = (cx, cy, r, look = outlined()) => tag("circle", {cx, cy, r, ...look});
export const group = (attributes, ...children) => tag("g", attributes, ...children);

/** A line through points [[x, y], ...]. */
export function path(points, look = {}) {
  const way = points.map(([x, y], i) => `${i ? "L" : "M"}${round(x)} ${round(y)}`).join("");
  return tag("path", {d: way, ...outlined(), ...look});
}

/** Many boxes [[x, y, width, height], ...] as one element, which draws faster than one for each. */
export function boxes(list, look = outlined()) {
  const way = list.map(([x, y, w, h]) => `M${round(x)} ${round(y)}h${round(w)}v${round(h)}h${round(-w)}z`);
  return list.length ? tag("path", {d: way.join(""), ...look}) : "";
}

/** An arrow from one point to another, with a head of its own. */
export function arrow(x1, y1, x2, y2, look = {}) {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1, dx = (x2 - x1) / length, dy = (y2 - y1) / length;
  const corner = (side) => `${round(x2 - 9 * dx - side * dy)},${round(y2 - 9 * dy + side * dx)}`;
  const head = tag("polygon", {points: `${round(x2)},${round(y2)} ${corner(4.5)} ${corner(-4.5)}`, fill: look.stroke ?? INK});
  return line(x1, y1, x2 - 8 * dx, y2 - 8 * dy, look) + head;
}

/** Letters. `y` is their middle; `words` is text, or pieces that `number` and `tag` have made. */
export function text(x, y, words, look = {}) {
  const inside = Array.isArray(words) ? words.join("") : escaped(words);
  return tag("text", {x, y, dy: "0.35em", "text-anchor": "middle", "font-size": 14, fill: INK, ...look}, inside);
}

/** A number of the picture, by name: tests read it there and compare it with what PyTorch computes. */
export const number = (name, value, shown = thousands(value)) =>
  `<tspan data-name="${escaped(name)}" data-value="${escaped(value)}">${escaped(shown)}</tspan>`;

/** Fills with stripes say without colour what a colour says; use as {fill: striped("a")} . */
export const stripes = (id, color, angle = 45, gap = 6) =>
  tag("pattern", {id, width: gap, height: gap, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${angle})`},
    tag("rect", {width: gap, height: gap, fill: color, "fill-opacity": 0.2}),
    line(0, 0, 0, gap, {stroke: color, "stroke-width": 2.5}));
export const striped = (id, color) => ({fill: `url(#${id})`, stroke: color});

/** 1,234,567 */
export function thousands(value) {
  const [whole, part] = String(value).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? `.${part}` : "");
}
/** 12.3 % of the whole */
export const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)} %`;
/** 9.5 k, 118.0 M, 1.8 G */
export function short(value) {
  const [size, unit] = [[1e9, " G"], [1e6, " M"], [1e3, " k"]].find(([size]) => value >= size) ?? [1, ""];
  return size === 1 ? thousands(value) : `${(value / size).toFixed(1)}${unit}`;
}
export const plural = (count, word) => `${thousands(count)} ${word}${count === 1 ? "" : "s"}`;
