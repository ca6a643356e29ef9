import {BLUE, INK, PURPLE, SKY, VERMILION, box, boxes, filled, group, line, number, outlined, plural, stripes, striped, text} from "./draw.js";
import {explorer} from "./runtime.js";

// Where things stand; `most` is the widest that a cell of them gets.
const PLANE = {x: 8, y: 58, width: 234, most: 26}, MAP = {x: 558, y: 58, width: 234, most: 52};
const INPUTS = {x: 280, y: 238, width: 512, most: 42}, OUTPUTS = {...INPUTS, y: 112}; // one row of each
const WINDOW_AT = [322, 125], KERNEL_AT = [475, 125], PRODUCTS_AT = [322, 284], TABLE = {width: 133, most: 30};
const WRITTEN = 9; // outputs a side for whose values there is room
const WINDOW = filled(SKY, {stroke: BLUE, "stroke-width": 1.5}), PADDING = {...striped("padding", INK), "fill-opacity": 0.5};
const REST = striped("rest", PURPLE), FRAME = outlined(INK, {"stroke-width": 2.5}), RASTER = outlined(INK, {"stroke-width": 0.5});

const range = (count) => Array.from({length: count}, (_, i) => i);
const cross = (rows, columns) => rows.flatMap((row) => columns.map((column) => [row, column]));
const total = (list) => list.reduce((sum, each) => sum + each, 0);
const signed = (value, digits = 0) => value.toFixed(digits).replace("-", "−");
const small = (x, y, words) => text(x, y, words, {"font-size": 13});
const note = (x, y, words) => text(x, y, words, {"font-size": 13, "text-anchor": "start"});
const key = (x, y, look, words) => box(x, y - 7, 13, 13, look) + note(x + 19, y, words);
const gripped = (part, place) => boxes([place], {fill: "none", "pointer-events": "all", "data-drag": part});

/** Where the windows lie, the same along both axes. Cells are those of the padded input, from 0. */
function layout(values) {
  const {size, kernel_size, stride, padding, dilation} = values;
  const length = size + 2 * padding, span = dilation * (kernel_size - 1) + 1;
  const steps = Math.floor((length - span) / stride), outputs = Math.max(0, steps + 1);
  const window = (output) => range(kernel_size).map((tap) => output * stride + dilation * tap);
  const seen = new Set(range(outputs).flatMap(window)), end = outputs ? steps * stride + span : length;
  const inside = (cell) => cell >= padding && cell < padding + size;
  return {
    ...values, length, span, steps, outputs, window, end, inside,
    row: Math.min(values.row, outputs - 1), column: Math.min(values.column, outputs - 1), // those that there are
    rest: range(length - end).map((cell) => end + cell),
    unseen: range(outputs && end).filter((cell) => !seen.has(cell)),
    pixels: [...seen].filter(inside).length ** 2, // that any window sees
  };
}

/** How a place shows so many cells along a side: how wide they are, and the box of one or more of them. */
function cells(place, count) {
  const side = Math.min(place.most, place.width / count);
  const at = (row, column, rows = 1, columns = 1) =>
    [place.x + side * column, place.y + side * row, side * columns, side * rows];
  return {side, at, middle: (row, column) => [place.x + side * (column + 0.5), place.y + side * (row + 0.5)]};
}

/** A dot in each of the boxes: no window sees it. */
const dots = (list) => boxes(list.map(([x, y, w, h]) => [x + 0.4 * w, y + 0.4 * h, 0.2 * w, 0.2 * h]), {fill: INK});

/** "x[2], x[3] and 1 cell of padding"; `shown` writes an index. */
function names({padding, inside}, list, shown = (index) => index) {
  const pixels = list.filter(inside).map((cell, i) => `x[${shown(cell - padding, i)}]`), outside = list.length - pixels.length;
  return [pixels.join(", "), outside && `${plural(outside, "cell")} of padding`].filter(Boolean).join(" and ");
}
const as = (name) => (index, i) => number(`${name}.${i}`, index);

/** Boxes by their strength, [[box, 0 to 1], ...], in nine steps: one element a step draws faster. */
const shaded = (list, look) => range(9).map((step) =>
  boxes(list.filter(([, strength]) => Math.ceil(9 * strength - 1e-9) === step + 1).map(([each]) => each), look((step + 1) / 9)));
const shades = (pixels, places, most = 0.35) =>
  shaded(places.map((place, i) => [place, pixels[i] / 9]), (strength) => ({fill: INK, "fill-opacity": most * strength}));

/** Boxes in blue where their value is positive, in red or in stripes where it is negative. */
function tinted(list, places, negative = (strength) => ({fill: VERMILION, "fill-opacity": 0.5 * strength})) {
  const largest = Math.max(...list.map(Math.abs)) || 1;
  const shares = (sign) => places.map((place, i) => [place, sign * list[i] / largest]).filter(([, share]) => share > 0);
  return shaded(shares(1), (strength) => ({fill: SKY, "fill-opacity": 0.6 * strength})) + shaded(shares(-1), negative);
}

/** The image in its padding, and the window on it. */
function plane(a, image) {
  const {size, padding, length, rest, end} = a, {at} = cells(PLANE, length), all = range(length);
  const seen = cross(a.window(a.row), a.window(a.column)), used = cross(range(end), range(end));
  return [
    note(PLANE.x, 42, `x: a boot, ${size} × ${size} pixels, 0 to 9`),
    shades(image, cross(range(size), range(size)).map(([row, column]) => at(row + padding, column + padding)), 0.5),
    boxes(padding ? [at(0, 0, length, length), at(padding, padding, size, size)] : [], {...PADDING, "fill-rule": "evenodd"}),
    boxes(all.flatMap((cell) => [at(cell, 0, 1, length), at(0, cell, length)]), RASTER),
    boxes(rest.length ? [at(end, 0, rest.length, length), at(0, end, end, rest.length)] : [], REST),
    dots(used.filter((pair) => pair.some((cell) => a.unseen.includes(cell))).map((pair) => at(...pair))),
    a.outputs ? boxes(seen.map((pair) => at(...pair)), WINDOW) + boxes([at(...seen[0], a.span, a.span)], FRAME) : "",
    gripped("plane", at(0, 0, length, length)),
    key(8, 311, WINDOW, "window"), key(128, 311, PADDING, "padding: 0"), key(8, 333, REST, "left over"),
    dots([[128, 326, 13, 13]]), note(147, 333, "never seen"),
    note(PLANE.x, 359, ["windows see ", number("seen", a.pixels), ` of ${plural(size ** 2, "pixel")}`]),
  ];
}

/** One row of the input, the outputs above it, and lines from each output to what it sees. */
function strip(a) {
  const count = Math.max(a.length, a.span), x = cells(INPUTS, count), y = cells(OUTPUTS, count), all = range(a.length);
  const shift = (output) => output * a.stride + (a.span - 1) / 2, places = range(a.outputs).map(shift);
  const row = (list, look, {at} = x) => boxes(list.map((cell) => at(0, cell)), look);
  const rays = (output, look) => a.window(output).map((cell) =>
    line(y.middle(0, shift(output))[0], OUTPUTS.y + y.side, x.middle(0, cell)[0], INPUTS.y, look));
  const letter = (name, {middle}) => text(263, middle(0, 0)[1], name, {"font-size": 18, "font-style": "italic"});
  const outputs = [
    note(248, 86, [`y[${a.column}] sees ${names(a, a.window(a.column), as("sees"))}`]), letter("y", y),
    range(a.outputs).filter((output) => output !== a.column).map((output) => rays(output, {"stroke-opacity": 0.3})),
    rays(a.column, {stroke: BLUE, "stroke-width": 2.5}), row(places, outlined(), y), row([shift(a.column)], WINDOW, y),
    places.map((place, output) => small(...y.middle(0, place), output)), gripped("outputs", y.at(0, 0, 1, a.length)),
  ];
  const kernel = [none(a, 86), letter("w", y), row(a.window(0), WINDOW, y)]; // that does not fit
  const [left, top] = x.at(1, a.end);
  const rest = [
    line(left, top + 6, left + x.side * a.rest.length, top + 6, {stroke: PURPLE, "stroke-width": 3}),
    note(248, top + 24, [`left over by the floor: ${names(a, a.rest, as("left"))}`]),
  ];
  return [
    a.outputs ? outputs : kernel, letter("x", x), row(all.filter(a.inside), outlined()),
    row(all.filter((cell) => !a.inside(cell)), PADDING), row(a.rest, REST),
    dots(a.unseen.map((cell) => x.at(0.7, cell))), a.outputs ? row(a.window(a.column), WINDOW) : "",
    range(a.size).map((index) => small(...x.middle(0, a.padding + index), index)),
    gripped("inputs", x.at(0, 0, 1, a.length)), a.rest.length ? rest : "",
    a.unseen.length ? note(248, top + 44, [`never seen: ${names(a, a.unseen, as("unseen"))}`]) : "",
  ];
}
const none = ({span, length}, y) => note(248, y,
  ["No output: the kernel w spans ", number("span", span), ` cells, the padded input has only ${length}.`]);

/** The kernel's weights, whole numbers row after row. Those of a blur are divided by `parts`. */
function kernel({show, kernel_size}) {
  const middle = kernel_size >> 1, all = cross(range(kernel_size), range(kernel_size));
  const weight = {
    edges: ([, column]) => Math.sign(column - (kernel_size - 1) / 2),
    blur: () => 1,
    sharpen: ([row, column]) => [0, -1, 2 * kernel_size - 1][(row === middle) + (column === middle)],
  }[show];
  return {weights: all.map(weight), parts: show === "blur" ? kernel_size ** 2 : 1};
}

/** The values of all outputs, and what the followed one is made of. */
function convolved(a, image) {
  const {weights, parts} = kernel(a), cell = range(a.length), windows = range(a.outputs).map(a.window);
  const pixel = (row, column) => +image[(row - a.padding) * a.size + column - a.padding];
  const padded = cell.map((row) => cell.map((column) => (a.inside(row) && a.inside(column) ? pixel(row, column) : 0)));
  const pixels = (row, column) => windows[row].flatMap((each) => windows[column].map((other) => padded[each][other]));
  const products = (row, column) => pixels(row, column).map((pixel, i) => pixel * weights[i]);
  const map = cross(range(a.outputs), range(a.outputs)).map((pair) => total(products(...pair)) / parts);
  const {row, column} = a, sum = total(products(row, column));
  const outside = cross(windows[row], windows[column]).map((pair) => !pair.every(a.inside));
  return {weights, parts, map, outside, pixels: pixels(row, column), products: products(row, column), sum, value: sum / parts};
}

/** Numbers in a square around a point; those with `outside` are padding. */
function table([x, y], name, title, list, tint = tinted, outside = []) {
  const count = Math.sqrt(list.length), width = Math.min(TABLE.most * count, TABLE.width);
  const {at, middle} = cells({...TABLE, x: x - width / 2, y: y - width / 2}, count);
  const all = cross(range(count), range(count)), places = all.map((pair) => at(...pair));
  return [
    text(x, y - width / 2 - 14, title), tint(list, places), boxes(places, RASTER),
    boxes(places.filter((_, i) => outside[i]), PADDING),
    all.map((pair, i) => small(...middle(...pair), [number(`${name}.${pair.join(".")}`, list[i], list[i])])),
  ];
}

/** The window times the kernel, and the sum of the products. */
function sum(a, {weights, parts, outside, pixels, products, sum, value}) {
  const [x, y, width, height] = cells(PLANE, a.length).at(a.row * a.stride, a.column * a.stride, a.span, a.span);
  const half = Math.min(TABLE.most * a.kernel_size, TABLE.width) / 2, [middle, level] = WINDOW_AT;
  const ray = (from, to) => line(x + width, from, middle - half, to, {"stroke-opacity": 0.4}); // as through a lens
  return [
    ray(y, level - half), ray(y + height, level + half),
    table(WINDOW_AT, "pixel", "window", pixels, shades, outside), text(399, level, "×", {"font-size": 20}),
    table(KERNEL_AT, "weight", parts > 1 ? `kernel: 1/${parts} of` : "kernel", weights),
    table(PRODUCTS_AT, "product", "products", products, tinted, outside), box(412, 288, 126, 30, FRAME),
    text(475, 250, ["their sum: ", number("sum", sum, signed(sum))]), parts > 1 ? text(475, 272, `divided by ${parts}:`) : "",
    text(475, 303, [`y[${a.row}, ${a.column}] = `, number(`y.${a.row}.${a.column}`, value, signed(value, parts > 1 ? 2 : 0))]),
  ];
}

/** All outputs; where there is room with their values. */
function featureMap(a, {map, parts}) {
  const {at, middle} = cells(MAP, a.outputs), written = a.outputs <= WRITTEN, all = cross(range(a.outputs), range(a.outputs));
  const places = all.map((pair) => at(...pair)), negative = (strength) => ({fill: "url(#negative)", opacity: strength});
  const value = (pair, i) => [number(`y.${pair.join(".")}`, map[i], map[i].toFixed(parts > 1 ? 1 : 0))];
  return [
    note(MAP.x, 42, ["y: ", number("outputs", a.outputs), ` × ${a.outputs} outputs`]),
    written ? tinted(map, places) : tinted(map, places, negative), boxes(places, RASTER), boxes([at(a.row, a.column)], FRAME),
    written ? all.map((pair, i) => small(...middle(...pair), value(pair, i))) : "",
    gripped("map", at(0, 0, a.outputs, a.outputs)), key(MAP.x, 311, filled(SKY), "positive"),
    key(MAP.x + 100, 311, written ? filled(VERMILION) : striped("negative", VERMILION), "negative"),
    a.show === "edges" && a.kernel_size === 1 ? note(MAP.x, 333, "One cell has no edge: weight 0.") : "",
  ];
}

/** In words, what the followed output is. */
function said(a, made) {
  if (!a.outputs) return `No output: the kernel spans ${plural(a.span, "cell")}, the padded input has only ${a.length}.`;
  if (made) {
    const {value, parts, sum, products, outside} = made, padded = outside.filter(Boolean).length;
    const result = parts > 1 ? `${sum} / ${parts} = ${signed(value, 2)}` : signed(value);
    const from = plural(products.length, "product") + (padded ? `, ${padded} with padding` : "");
    return `y[${a.row}, ${a.column}] = ${result}, the sum of ${from}. ` +
      `${a.outputs} × ${a.outputs} outputs; windows see ${a.pixels} of ${plural(a.size ** 2, "pixel")}.`;
  }
  const rest = a.rest.length ? ` Left over by the floor: ${names(a, a.rest)}.` : "";
  const unseen = a.unseen.length ? ` No window sees ${names(a, a.unseen)}.` : "", sees = names(a, a.window(a.column));
  return `${plural(a.outputs, "output")}. y[${a.column}] sees ${sees}.${rest}${unseen} In the image: output row ${a.row}.`;
}

function picture(values, images) {
  const a = layout(values), {size, kernel_size, stride, padding, dilation} = a, image = images[size - 1];
  const made = a.show !== "row" && a.outputs ? convolved(a, image) : null;
  const result = a.outputs ? number("outputs", a.outputs) : signed(a.steps + 1);
  const formula = `⌊(${size} + 2·${padding} − ${dilation}·(${kernel_size} − 1) − 1) / ${stride}⌋ + 1`;
  const beyond = ["row", "column"].filter((name) => a[name] < values[name]).map((name) => `${name} ${values[name]}`);
  const missing = a.outputs && beyond.length
    ? `There is no output ${beyond.join(" and no ")}; the last is ${a.outputs - 1}. ` : "";
  const alone = () => [none(a, 290), table(KERNEL_AT, "weight", "kernel w", kernel(a).weights)];
  return {
    svg: group({}, stripes("padding", INK), stripes("rest", PURPLE, -45), stripes("negative", VERMILION, 90),
      text(400, 14, [`outputs along each side = ${formula} = `, result], {"font-size": 16}), plane(a, image),
      a.show === "row" ? strip(a) : made ? [sum(a, made), featureMap(a, made)] : alone(), note(248, 363, missing)),
    words: missing + said(a, made),
  };
}

/** The window keeps the place where it was gripped; elsewhere its middle comes to the pointer. */
function drag(values, {part, from, ...point}) {
  const a = layout(values), begun = layout(from.values), place = {map: MAP, plane: PLANE}[part] ?? INPUTS;
  if (!a.outputs) return {};
  const {side} = cells(place, part === "map" ? a.outputs : a.length);
  const moved = (name, axis) => {
    const [pointer, start] = [point, from].map((each) => (each[axis] - place[axis]) / side);
    const off = start - begun[name] * a.stride - a.span / 2, kept = part !== "outputs" && Math.abs(off) < a.span / 2 ? off : 0;
    const output = part === "map" ? Math.floor(pointer) : Math.round((pointer - kept - a.span / 2) / a.stride);
    return Math.max(0, Math.min(a.outputs - 1, output));
  };
  return {column: moved("column", "x"), ...(part === "plane" || part === "map" ? {row: moved("row", "y")} : {})};
}

export default explorer({size: [800, 376], picture, drag});
