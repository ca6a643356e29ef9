import {BLUE, GREEN, INK, ORANGE, SKY, VERMILION, arrow, box, boxes, circle, filled, group, line, number, outlined, path, plural, striped, stripes, tag, text, thousands} from "./draw.js";
import {explorer} from "./runtime.js";

const CARDINALITIES = [1, 2, 4, 8, 16, 32, 64];
const PAPER = [[1, 64], [2, 40], [4, 24], [8, 14], [32, 4]]; // cardinality and width; table 2, for 256 channels
const LAYERS = [3, 4, 6, 3]; // blocks in the stages of ResNeXt-50
const MAP = 56; // height and width of the block's map, as in the first stage
const NETWORK = "whole network";
const LEFT = {"text-anchor": "start"}, RIGHT = {"text-anchor": "end"}, SMALL = {"font-size": 13};

/** [parameters, MACs] of a convolution without a bias, its output size x size. */
const conv = (ins, outs, kernel, size, groups = 1) => [1, size * size].map((each) => each * outs * ins * kernel * kernel / groups);
const sum = (...all) => all.reduce(([parameters, macs], [p, m]) => [parameters + p, macs + m]);
const twoDigits = (value) => thousands(value.toFixed(2));
const times = (count, [parameters, macs]) => [count * parameters, count * macs];

/** The three convolutions of a block on a map of size x size. */
const block = (ins, outs, cardinality, width, size, stride = 1) => sum(conv(ins, cardinality * width, 1, size),
  conv(cardinality * width, cardinality * width, 3, size / stride, cardinality), conv(cardinality * width, outs, 1, size / stride));

/** A block of `channels` in and out, or all of the network of 50 layers that it begins, on 224x224 pixels. */
function cost({channels, scope}, cardinality, width) {
  if (scope !== NETWORK) return block(channels, channels, cardinality, width, MAP);
  let ins = channels / 4, total = sum(conv(3, ins, 7, 2 * MAP), [2 * ins, 0]); // the stem and its batch norm
  LAYERS.forEach((blocks, stage) => { // channels and width double from stage to stage
    const outs = channels * 2 ** stage, each = width * 2 ** stage, stride = stage ? 2 : 1, size = MAP / 2 ** stage;
    total = sum(total, block(ins, outs, cardinality, each, size * stride, stride),
      times(blocks - 1, block(outs, outs, cardinality, each, size)),
      conv(ins, outs, 1, size), [2 * outs, 0], // the projection
      [blocks * 2 * (2 * cardinality * each + outs), 0]); // batch norms
    ins = outs;
  });
  return sum(total, [1000 * ins + 1000, 1000 * ins]);
}

/** The width, no integer, with which `cardinality` branches have as many parameters as the budget. */
function even(values, cardinality, budget) {
  const [none, one, two] = [0, 1, 2].map((width) => cost(values, cardinality, width)[0]);
  const a = (two - 2 * one + none) / 2, b = one - none - a; // the cost is quadratic in the width
  return (Math.sqrt(b * b - 4 * a * (none - budget)) - b) / (2 * a);
}

function count(values) {
  const {cardinality, width, channels, scope} = values;
  const budget = cost(values, 1, channels / 4), counts = cost(values, cardinality, width);
  const miss = (width) => Math.abs(cost(values, cardinality, width)[0] - budget[0]);
  const low = Math.max(Math.floor(even(values, cardinality, budget[0])), 1);
  const best = miss(low) <= miss(low + 1) ? low : low + 1;
  const paper = channels === 256 ? PAPER : [];
  return {
    ...values, budget, counts, best, paper, inside: cardinality * width, network: scope === NETWORK,
    nearest: cost(values, cardinality, best)[0],
    equal: CARDINALITIES.map((each) => [each, even(values, each, budget[0])]),
    shares: counts.map((each, i) => each / budget[i]),
    known: paper.some(([c, d]) => c === cardinality && d === width),
  };
}

// On the left x, the branches one below the other, and their sum. A bar is as high as it has channels.
const X = 50, FIRST = 170, CENTRE = 230, SECOND = 290, Y = 410, MIDDLE = 198, HIGH = 260, BAR = 10;

function paths({cardinality, width, channels, inside}) {
  const scale = 0.88 * HIGH / Math.max(channels, inside), lane = HIGH / cardinality;
  const high = width * scale, outer = channels * scale / 2;
  const tops = Array.from({length: cardinality}, (_, i) => MIDDLE - HIGH / 2 + (i + 0.5) * lane - high / 2);
  const bar = (x, top, height) => [x - BAR / 2, top, BAR, height];
  const bars = [...tops.flatMap((top) => [bar(FIRST, top, high), bar(SECOND, top, high)]),
    ...[X, Y].map((x) => bar(x, MIDDLE - outer, 2 * outer))];
  const way = tops.map((top) => [[X, FIRST], [Y, SECOND]].map(([wide, narrow]) =>
    `M${wide} ${MIDDLE - outer}L${narrow} ${top.toFixed(1)}v${high.toFixed(1)}L${wide} ${MIDDLE + outer}z`).join("")).join("");
  return [
    path([[X, MIDDLE - outer], [X, 52], [Y, 52]]), arrow(Y, 52, Y, MIDDLE - outer - 1), text(CENTRE, 40, "+ x, the shortcut"),
    tag("path", {d: way, fill: SKY, "fill-opacity": 0.2, stroke: BLUE, "stroke-opacity": cardinality < 8 ? 0.8 : 0.3}),
    boxes(tops.map((top) => [FIRST, top, SECOND - FIRST, high]), filled(ORANGE)), boxes(bars, {fill: INK}),
    [X, Y].map((x) => text(x, 348, [number("channels", channels)])),
    text(CENTRE, 348, [`${cardinality} · ${width} = `, number("inside", inside)]),
    text((X + FIRST) / 2, 368, "1×1"), text(CENTRE, 368, cardinality > 1 ? `3×3, ${cardinality} groups` : "3×3"),
    text((SECOND + Y) / 2, 368, cardinality > 1 ? "1×1, summed" : "1×1"),
  ];
}

// On the right cardinality against width, both doubling, and the line of equal cost.
const PLANE = {left: 506, bottom: 280, across: 44, up: 27};
const place = (cardinality, width) => [PLANE.left + Math.log2(cardinality) * PLANE.across, PLANE.bottom - Math.log2(width) * PLANE.up];

function plane({cardinality, width, best, paper, equal}) {
  const {left, bottom, across, up} = PLANE, right = left + 6 * across, top = bottom - 8 * up;
  const square = (x, y) => box(x - 9, y - 9, 18, 18, outlined(GREEN, {"stroke-width": 2.5}));
  const diamond = (x, y) => path([[x, y - 6], [x + 6, y], [x, y + 6], [x - 6, y], [x, y - 6]], filled(BLUE, {stroke: INK}));
  const dot = (x, y) => circle(x, y, 5.5, {fill: VERMILION, stroke: INK});
  const budget = {"stroke-dasharray": "6 4", "stroke-width": 1.5};
  const key = (x, y, mark, words) => [mark(x, y), text(x + 20, y, words, {...LEFT, ...SMALL})];
  return [
    text(left - 38, 40, "branch width", LEFT), text((left + right) / 2, 320, "cardinality"),
    path([[left, top], [left, bottom], [right, bottom]]),
    CARDINALITIES.map((each) => text(place(each, 1)[0], bottom + 20, each, SMALL)),
    Array.from({length: 9}, (_, i) => text(left - 16, bottom - i * up, 2 ** i, {...RIGHT, ...SMALL})),
    tag("clipPath", {id: "plane"}, box(left, top, right - left, bottom - top)),
    path(equal.map((each) => place(...each)), {...budget, "clip-path": "url(#plane)"}),
    paper.map(([c, d]) => diamond(...place(c, d))),
    square(...place(cardinality, best)), dot(...place(cardinality, width)),
    box(left - 12, top - 12, right - left + 24, bottom - top + 24, {fill: INK, "fill-opacity": 0, "data-drag": "point"}),
    key(490, 344, dot, "this block"), key(630, 344, square, "nearest width"),
    key(490, 368, (x, y) => line(x - 12, y, x + 12, y, budget), "equal cost"),
    paper.length ? key(630, 368, diamond, "the paper's blocks") : "",
  ];
}

/** Parameters and MACs beside the budget. A bar ends at twice that; » says that it would go on. */
function bars({cardinality, width, channels, network, counts, budget, shares, best, nearest}) {
  const rows = ["parameters", "MACs"].map((name, i) => [
    text(20, 442 + 28 * i, name, LEFT), text(250, 442 + 28 * i, [number(name, counts[i])], RIGHT),
    text(400, 442 + 28 * i, [number(`budget ${name}`, budget[i])], RIGHT),
    text(485, 442 + 28 * i, [number(`${name} by budget`, shares[i], twoDigits(shares[i]))], RIGHT),
    box(500, 433 + 28 * i, 125 * Math.min(shares[i], 2), 18, striped("cost", SKY)),
    shares[i] > 2 ? text(764, 442 + 28 * i, "»") : "",
  ]);
  const what = network ? "a network of 16 such blocks, widths doubled from stage to stage"
    : `the three convolutions of one block on a ${MAP}×${MAP} map`;
  return [
    text(20, 394, `counted: ${what}`, LEFT), text(250, 418, `${cardinality}×${width}d`, RIGHT),
    text(400, 418, `budget: 1×${channels / 4}d`, RIGHT), text(485, 418, "ratio", RIGHT), text(625, 418, "budget"),
    rows, line(625, 427, 625, 487, {"stroke-dasharray": "4 3", "stroke-width": 2}),
    text(20, 504, ["nearest width at equal cost: ", number("best", best), ", with ", number("nearest", nearest), " parameters, ",
      number("nearest by budget", nearest / budget[0], twoDigits(nearest / budget[0])), " times the budget"], LEFT),
  ];
}

function picture(values) {
  const found = count(values), {cardinality, width, channels, inside, network, shares, best, known} = found;
  const branches = `${cardinality} ${cardinality > 1 ? "branches" : "branch"} of ${width}`;
  const note = inside > channels ? ", no bottleneck" : known ? `: the paper's ${cardinality}×${width}d` : "";
  const heading = `${branches}: ${plural(inside, "channel")} inside, ${thousands(channels)} outside${note}`;
  return {
    svg: group({}, stripes("cost", SKY), text(400, 14, heading, {"font-size": 16}), paths(found), plane(found), bars(found)),
    words: `${branches}, ${plural(inside, "channel")} inside${note}. ${network ? "The network" : "It"} has ` +
      `${twoDigits(shares[0])} times the budget's parameters and ${twoDigits(shares[1])} times its MACs. ` +
      `Nearest width at equal cost: ${best}.`,
  };
}

const drag = (values, {x, y}) => ({
  cardinality: 2 ** Math.round((x - PLANE.left) / PLANE.across), width: 2 ** ((PLANE.bottom - y) / PLANE.up),
});

export default explorer({size: [800, 516], picture, drag});
