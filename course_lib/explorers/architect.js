import {BLUE, GREEN, INK, ORANGE, SKY, box, boxes, circle, filled, group, line, number, outlined, path, plural, short, stripes, striped, text, thousands} from "./draw.js";
import {explorer} from "./runtime.js";

const CLASSES = 1000, MOST = 40; // blocks a stage can have
const STAGES = ["stage1", "stage2", "stage3", "stage4"];
const PAPER = {18: "1.8", 34: "3.6", 50: "3.8", 101: "7.6", 152: "11.3"}; // He et al. 2015, table 1: multiply-adds in 1e9
const PLACES = [41, 133, 234, 336, 444, 552, 660, 756]; // of the parts, from left to right
const FLOOR = 144, BLOCKS = 208, ROWS = {parameters: 356, macs: 456}; // heights in the picture
const CELL = {x: 9.4, y: 11, row: 10}; // a stage's blocks stand in rows of ten

/** Parameters and MACs of a convolution without bias and its batch normalisation. */
function convolution(inputs, outputs, kernel, size) {
  const weights = kernel ** 2 * inputs * outputs;
  return {parameters: weights + 2 * outputs, macs: weights * size ** 2};
}
const total = (costs, what) => costs.reduce((sum, cost) => sum + cost[what], 0);
const cost = (costs) => ({parameters: total(costs, "parameters"), macs: total(costs, "macs")});

/** What one block of that kind puts out and costs, on maps of size `before`. */
function block(kind, inputs, width, stride, before, v1) {
  const size = Math.ceil(before / stride), outputs = kind === "Bottleneck" ? 4 * width : width;
  const reduced = v1 ? size : before; // v1 has the stride in the first 1×1
  const convolutions = kind === "Bottleneck"
    ? [convolution(inputs, width, 1, reduced), convolution(width, width, 3, size), convolution(width, outputs, 1, size)]
    : [convolution(inputs, width, 3, size), convolution(width, width, 3, size)];
  if (stride !== 1 || inputs !== outputs) convolutions.push(convolution(inputs, outputs, 1, size)); // the projection
  return {channels: outputs, size, ...cost(convolutions)};
}

/** What each part puts out and costs, from the image to the head. */
function network(values, v1 = false) {
  const {width, size} = values, stem = Math.ceil(size / 2), nothing = cost([]);
  const parts = [
    {name: "image", rows: [], channels: 3, size, ...nothing},
    {name: "conv1", rows: ["7×7", "stride 2"], channels: width, size: stem, ...convolution(3, width, 7, stem)},
    {name: "max pool", rows: ["3×3", "stride 2"], channels: width, size: Math.ceil(stem / 2), ...nothing},
  ];
  STAGES.forEach((stage, i) => {
    const before = parts.at(-1), inside = width * 2 ** i;
    const first = block(values.block, before.channels, inside, i ? 2 : 1, before.size, v1);
    const other = block(values.block, first.channels, inside, 1, first.size, v1);
    const all = cost([first, ...Array(values[stage] - 1).fill(other)]);
    parts.push({...first, ...all, name: `stage ${i + 1}`, stage, blocks: values[stage]});
  });
  const weights = parts.at(-1).channels * CLASSES, head = {parameters: weights + CLASSES, macs: weights};
  return [...parts, {name: "head", rows: ["mean", "linear"], channels: CLASSES, size: 1, ...head}];
}

/** A feature map as a slab: as high and deep as the map, as wide as it has channels. */
function slab(x, width, size) {
  const deep = 0.35 * size, left = x - (width + deep) / 2, right = left + width, top = FLOOR - size;
  const back = [[left + deep, top - deep], [right + deep, top - deep], [right + deep, FLOOR - deep]];
  return [path([[left, FLOOR], [left, top], ...back, [right, FLOOR], [left, FLOOR]], filled(SKY)),
    path([[left, top], [right, top], [right, FLOOR]], {stroke: SKY}), path([[right, top], back[1]], {stroke: SKY})];
}
function maps(parts) {
  const widest = Math.max(...parts.map(({channels}) => channels));
  return parts.map(({name, stage, channels, size}, i) => {
    const shape = [number(`${name}.channels`, channels, channels), "×", number(`${name}.size`, size, size), "×", size];
    return [slab(PLACES[i], Math.max(1, 74 * channels / widest), Math.max(1, 68 * size / parts[0].size)),
      text(PLACES[i], FLOOR + 15, stage ? `${name}: layer${name.at(-1)}` : name, {"font-size": 13}),
      text(PLACES[i], FLOOR + 33, name === "head" ? shape.slice(0, 1) : shape, {"font-size": 13})];
  });
}

/** A stage's blocks, to be counted and dragged, and buttons for one less and one more. */
function blocks({stage, blocks: count}, x) {
  const left = x - CELL.x * CELL.row / 2, faint = outlined(INK, {"stroke-opacity": 0.25});
  const cells = Array.from({length: MOST}, (_, i) =>
    [left + CELL.x * (i % CELL.row) + 1, BLOCKS + 13 + CELL.y * Math.floor(i / CELL.row), CELL.x - 2, CELL.y - 2]);
  const button = (sign, change) => {
    const at = x + 42 * change, next = count + change, possible = next >= 1 && next <= MOST;
    return group(possible ? {"data-set": JSON.stringify({[stage]: next})} : {opacity: 0.3},
      box(at - 12, BLOCKS - 12, 24, 24, {fill: "transparent"}), circle(at, BLOCKS, 9),
        text(at, BLOCKS, sign, {"font-size": 16}));
  };
  return [button("−", -1), text(x, BLOCKS, plural(count, "block"), {"font-size": 13}), button("+", 1),
    group({"data-drag": stage}, box(left - 6, BLOCKS + 12, CELL.x * CELL.row + 12, 4 * CELL.y + 4, {fill: "transparent"}),
      boxes(cells.slice(count), faint), boxes(cells.slice(0, count), filled(BLUE, {"fill-opacity": 0.6, stroke: INK})))];
}

/** Bars for what the parts have of it, the numbers on top, and their sum. */
function bars(parts, what, title, look) {
  const most = Math.max(...parts.map((part) => part[what])), floor = ROWS[what];
  const bar = parts.map((part, i) => [PLACES[i] - 30, floor - 54 * part[what] / most, 60, 54 * part[what] / most]);
  const numbers = parts.map((part, i) => [number(`${part.name}.${what}`, part[what], short(part[what]))]);
  return [text(8, floor - 82, [`${title}: `, number(what, total(parts, what))], {"text-anchor": "start"}),
    line(90, floor, 795, floor), boxes(bar.filter(([, , , height]) => height), look),
    numbers.slice(1).map((words, i) => text(PLACES[i + 1], bar[i + 1][1] - 10, words, {"font-size": 13}))];
}

/** How the network compares with the paper's, in two lines. */
function comparison(values, parts) {
  const {depth, block, width, size} = values, figure = `${PAPER[depth]}e9`;
  let row = ["Table 1 of the paper states ", number("paper", Number(figure), figure), ` multiply-adds for ResNet-${depth}.`];
  if (depth === "own") {
    row = "Table 1 of the paper has no such network: it has BasicBlocks up to 34 layers, and Bottlenecks from 50 on.";
  } else if (width !== 64 || size !== 224) {
    row = `Table 1 of the paper has ResNet-${depth} with width 64, for images of 224×224: set both to compare.`;
  }
  const stride = block === "BasicBlock" ? "A BasicBlock has its stride in the first 3×3, in the paper as here."
    : ["MACs with the stride in the 3×3, as here: ", number("macs", total(parts, "macs")),
       "; in the first 1×1, as in the paper: ", number("v1", total(network(values, true), "macs")), "."];
  return [row, stride].map((words, i) => text(400, ROWS.macs + 23 + 19 * i, words, {"font-size": 13}));
}

function picture(values) {
  const parts = network(values), convolutions = values.block === "Bottleneck" ? 3 : 2;
  const counts = STAGES.map((stage) => values[stage]);
  const layers = 2 + convolutions * counts.reduce((sum, count) => sum + count);
  const name = values.depth === "own" ? "Your own network" : `ResNet-${values.depth}`;
  const most = (what) => Math.max(...parts.map((part) => part[what]));
  const [largest, dearest] = ["parameters", "macs"].map((what) =>
    parts.filter((part) => part[what] === most(what)).map((part) => part.name).join(" and "));
  const shares = largest === dearest ? `of both: ${largest}` : `of the parameters: ${largest}; of the MACs: ${dearest}`;
  const depth = [`2 + ${convolutions}·(${counts.join(" + ")}) = `, number("layers", layers), ` layers with ${values.block}s`];
  const costs = `${thousands(total(parts, "parameters"))} parameters and ${thousands(total(parts, "macs"))} MACs`;
  const counted = `Counted are conv1, the ${convolutions} convolutions of each block and the linear layer, not the projections.`;
  const key = ["high and deep: a large map", "wide: many channels"];
  return {
    svg: group({}, stripes("parameters", ORANGE), stripes("macs", GREEN, -45),
      text(400, 14, [`${name}: `, ...depth], {"font-size": 16}), text(400, 36, counted, {"font-size": 13}), maps(parts),
      key.map((words, i) => text(792, 66 + 17 * i, words, {"text-anchor": "end", "font-size": 13})),
      parts.map((part, i) => part.stage ? blocks(part, PLACES[i])
        : part.rows.map((words, row) => text(PLACES[i], BLOCKS + 18 * row, words, {"font-size": 13}))),
      text(278, BLOCKS + 40, "drag the blocks →", {"text-anchor": "end", "font-size": 13}),
      bars(parts, "parameters", "parameters", striped("parameters", ORANGE)), bars(parts, "macs", "MACs", striped("macs", GREEN)),
      comparison(values, parts)),
    words: `${name}, ${layers} layers: ${costs}. Largest share ${shares}.`,
  };
}

/** The place of a block that is pointed at becomes the stage's last. */
function drag(values, {part, x, y}) {
  const left = PLACES[3 + STAGES.indexOf(part)] - CELL.x * CELL.row / 2;
  const within = (place, count) => Math.min(count - 1, Math.max(0, Math.floor(place)));
  const row = within((y - BLOCKS - 12) / CELL.y, MOST / CELL.row), column = within((x - left) / CELL.x, CELL.row);
  return {[part]: CELL.row * row + column + 1};
}

/** A network brings its block and stages; block and stages bring the network that they are. */
function settle(values, name, networks) {
  if (name === "depth") return networks.find(([depth]) => depth === values.depth)[1];
  const same = networks.find(([, network]) => Object.entries(network).every(([key, value]) => values[key] === value));
  return {depth: same ? same[0] : "own"};
}

export default explorer({size: [800, 506], picture, drag, settle});
