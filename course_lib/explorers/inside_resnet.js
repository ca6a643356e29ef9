import {BLUE, GREEN, INK, ORANGE, SKY, VERMILION, arrow, box, boxes, circle, filled, group, line, number, outlined, path, percent, tag, text, thousands} from "./draw.js";
import {explorer} from "./runtime.js";

const BLOCKS = [1, 2, 3, 4, 5, 6, 7, 8, 9], ROAD = 84; // the height of the way past all blocks
const SIDE = 172, TOP = 166, MIDDLE = TOP + SIDE / 2, PLACES = {x: 14, f: 212, y: 430}; // of the three sheets
const NAMES = 704, BARS = 710, END = 796; // of the chart of the answers
const WAY = {"stroke-width": 12, opacity: 0.2, "stroke-linejoin": "round"}; // a road
const SMALL = {"font-size": 13}, START = {...SMALL, "text-anchor": "start"}, BOLD = {"font-weight": 600};
const stage = (block) => Math.ceil(block / 3);
const start = (block) => 128 + 51 * (block - 1) + 6 * (stage(block) - 1); // where a block's piece of the road begins
const changes = (block) => block === 4 || block === 7; // the shape
const channels = (block) => 8 << stage(block), size = (block) => 56 >> stage(block);
const id = (picture, part) => `${picture.replace(" ", "-")}-${part}`;

/** What the network without the blocks in `out` answers: recorded for every set of blocks, one after another. */
function answer({picture, out}, {pictures, right, of, classes}) {
  const {label, answers, per_cent} = pictures[picture], set = out.reduce((sum, block) => sum + 2 ** (block - 1), 0);
  const place = (i) => 2 * (classes.length * set + i); // two digits each
  const shares = classes.map((_, i) => parseInt(per_cent.slice(place(i), place(i + 1)), 16) / 100);
  return {label, shares, best: +answers[set], accuracy: right[set] / of, whole: right[0] / of};
}

/** The nine blocks along their road. What is clicked is taken out, or put back. */
function road({block: here, out, picture}) {
  const pieces = BLOCKS.map((block) => {
    const x = start(block), gone = out.includes(block), dashes = {"stroke-dasharray": gone && "3 3", opacity: gone && 0.6};
    const toggled = gone ? out.filter((each) => each !== block) : [...out, block].sort();
    return group({"data-set": JSON.stringify({block, out: toggled})},
      box(x, 22, 51, 52, {fill: INK, "fill-opacity": 0}),
      path([[x + 5, ROAD], [x + 5, 48], [x + 9, 48]], dashes), path([[x + 40, 48], [x + 44, 48], [x + 44, ROAD - 6]], dashes),
      box(x + 9, 31, 31, 34, gone ? outlined(INK, {rx: 5, ...dashes}) : filled([SKY, BLUE, GREEN][stage(block) - 1], {rx: 5})),
      gone ? [text(x + 24.5, 41, block, SMALL), text(x + 24.5, 56, "out", SMALL)] : text(x + 24.5, 48, block),
      circle(x + 44, ROAD, 5.5, {...outlined(), ...dashes}), gone ? "" : text(x + 44, ROAD, "+", SMALL),
      box(x, 74, 51, 24, {fill: INK, "fill-opacity": 0, "data-set": JSON.stringify({block})}));
  });
  const shape = (block) => text(start(block) + 76, 10, `${channels(block)} maps of ${size(block)}×${size(block)}`, SMALL);
  return [
    box(4, ROAD - 32, 64, 64, {fill: INK, mask: `url(#${id(picture, "picture")})`}),
    box(4, ROAD - 32, 64, 64, outlined(INK, {opacity: 0.4})), line(68, ROAD, 82, ROAD, WAY), line(68, ROAD, 82, ROAD),
    box(82, ROAD - 15, 40, 30, filled(ORANGE, {rx: 5})), text(102, ROAD, "stem", SMALL), [1, 4, 7].map(shape),
    line(122, ROAD, 608, ROAD, WAY), arrow(122, ROAD, 618, ROAD), pieces,
    text(364, 110, "Click a block to take it out or put it back, the road below it to look inside.", SMALL),
    box(start(here), 22, 51, 76, outlined(INK, {rx: 6, "stroke-width": 2.5, "pointer-events": "none"})),
  ];
}

/** The block where one stands: what comes in, what it adds, what goes out. */
function inside({picture, block, out}, {limit}) {
  const gone = out.includes(block), before = out.some((each) => each < block), last = Math.max(block - 1, 1);
  const opacity = before && 0.35, passed = changes(block) ? `s${block}` : `y${block - 1}`;
  const sheets = [
    sheet("x", last, "x comes in", id(picture, `y${block - 1}`), {opacity}),
    sheet("f", block, gone ? "f(x), not added" : "f(x), what it adds", id(picture, `f${block}`), {opacity: gone ? 0.15 : opacity}),
    sheet("y", block, gone ? "y, what is left" : "y goes out", id(picture, gone ? passed : `y${block}`), {opacity}),
  ];
  const dashes = {"stroke-dasharray": gone && "3 3", opacity: gone && 0.5}, low = TOP + SIDE + 20, plus = 409;
  const way = [[PLACES.x + SIDE / 2, TOP + SIDE + 2], [PLACES.x + SIDE / 2, low], [plus, low], [plus, MIDDLE + 11]];
  return [
    tag("polygon", {points: `${start(block)},98 ${start(block) + 51},98 612,122 612,404 4,404 4,122`, fill: INK, "fill-opacity": 0.06}),
    sheets, path(way, WAY), path(way), arrow(plus, MIDDLE + 40, plus, MIDDLE + 11),
    text(248, low + 16, changes(block) ? "shortcut: every second pixel of x, and maps of zeros" : "shortcut: x as it is", SMALL),
    arrow(188, MIDDLE, 210, MIDDLE, dashes), arrow(386, MIDDLE, plus - 11, MIDDLE, dashes),
    circle(plus, MIDDLE, 10), gone ? "" : text(plus, MIDDLE, "+", {"font-size": 18}),
    arrow(plus + 10, MIDDLE, 428, MIDDLE), text(plus, MIDDLE - 24, "ReLU", SMALL),
    before ? text(14, 392, "maps of the whole network", {...START, ...BOLD}) : "", key(limit),
  ];
}

/** The maps that go out of a block, or would: their shape in numbers, and all of them side by side, each in its frame. */
function sheet(name, block, head, image, look) {
  const x = PLACES[name], side = size(block), columns = {16: 4, 32: 6, 64: 8}[channels(block)];
  const step = SIDE * (side + 1) / (columns * (side + 1) - 1);
  const frame = (_, i) => [x - 1 + step * (i % columns), TOP - 1 + step * Math.floor(i / columns), step, step];
  const frames = [[x - 1, TOP - 1, SIDE + 2, SIDE + 2], ...Array.from({length: channels(block)}, frame)];
  return [
    text(x, 136, head, {...START, ...BOLD, "font-size": 14}),
    text(x, 154, [number(`${name}.channels`, channels(block)), " maps of ", number(`${name}.size`, side), `×${side}`], START),
    tag("use", {href: `#${image}`, x, y: TOP, ...look}), boxes(frames, outlined(INK, {opacity: 0.18})),
  ];
}

/** What the maps' colours stand for. */
function key(limit) {
  const shades = [[-1, `≤ −${limit}`], [-0.5], [0, "0"], [0.5], [1, `≥ ${limit}`]];
  return shades.map(([value, words], i) => [
    box(470 + 22 * i, 378, 22, 12, {...filled(value < 0 ? BLUE : ORANGE, {"fill-opacity": Math.abs(value)}), stroke: INK}),
    words ? text(481 + 22 * i, 397, words, SMALL) : "",
  ]);
}

/** The ten probabilities, and how often the network is right. */
function chart({out}, {classes, of}, {label, shares, best, accuracy, whole}) {
  const color = best === label ? GREEN : VERMILION;
  const rows = classes.map((name, i) => {
    const y = 58 + 22 * i, look = i === best ? BOLD : {};
    return [
      i === label ? box(622, y - 11, 176, 22, outlined(INK, {rx: 4})) : "",
      text(NAMES, y, name, {...SMALL, ...look, "text-anchor": "end"}),
      box(BARS, y - 7, 46 * shares[i], 14, filled(i === best ? color : SKY)),
      text(END - 2, y, [number(name, shares[i], percent(shares[i], 0))], {...SMALL, ...look, "text-anchor": "end"}),
    ];
  });
  const now = [" → ", tag("tspan", BOLD, number("accuracy", accuracy, percent(accuracy)))];
  return [
    text(624, 10, "the network says", START), rows,
    text(624, 31, `${classes[best]}: ${best === label ? "right" : "wrong"}`, {...START, ...BOLD, "font-size": 16}),
    text(624, 290, "framed: what it is", START),
    text(624, 322, `accuracy on ${thousands(of)}`, START), text(624, 340, "test images", START),
    box(624, 352, 172, 14, outlined(INK, {opacity: 0.4})), box(624, 352, 172 * accuracy, 14, filled(GREEN)),
    line(624 + 172 * whole, 347, 624 + 172 * whole, 371, {"stroke-width": 2.5}),
    text(624, 386, [number("whole", whole, percent(whole)), ...(out.length ? now : [])], {...START, "font-size": 15}),
  ];
}

/** "block 2", "blocks 2, 5 and 9", "any block" */
function listed(blocks) {
  if (blocks.length === BLOCKS.length) return "any block";
  return `block${blocks.length > 1 ? "s" : ""} ${blocks.join(", ").replace(/, (\d)$/, " and $1")}`;
}

function picture(values, computed) {
  const {block, out} = values, found = answer(values, computed), {best, label, shares, accuracy, whole} = found;
  const here = out.includes(block) ? "is out: its shortcut is left" : `adds f(x) to ${channels(block)} maps`;
  const network = out.length ? `Without ${listed(out)} the network` : "The whole network";
  const verdict = `${computed.classes[best]} (${percent(shares[best], 0)}): ${best === label ? "right" : "wrong"}`;
  const cost = out.length ? ` Its accuracy is ${percent(accuracy)}, not ${percent(whole)}.` : "";
  return {
    svg: group({}, road(values), inside(values, computed), chart(values, computed, found)),
    words: `Block ${block} ${here}. ${network} says ${verdict}.${cost}`,
  };
}

/** Of each picture its grey values, as a mask for ink, and its sheets of maps. */
function assets({pictures}) {
  const image = (data, width, look) => tag("image", {
    href: `data:image/png;base64,${data}`, width, height: width, style: "image-rendering: pixelated", ...look});
  const found = {};
  for (const [name, {png, maps}] of Object.entries(pictures)) {
    const grey = id(name, "picture");
    found[grey] = tag("mask", {id: grey, maskContentUnits: "objectBoundingBox"}, image(png, 1));
    for (const part of Object.keys(maps)) found[id(name, part)] = image(maps[part], SIDE, {id: id(name, part)});
  }
  return found;
}

export default explorer({size: [800, 410], picture, assets});
