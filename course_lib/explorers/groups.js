import {GREEN, INK, ORANGE, PURPLE, SKY, VERMILION, box, boxes, circle, filled, group, line, number, outlined, plural, striped, stripes, tag, text, thousands} from "./draw.js";
import {explorer} from "./runtime.js";

// A group is one band from left to right, and an output channel one row of it, from its node through
// the weight as it is stored to the dense weight.
const TOP = 104, HIGH = 288, WIDE = 224; // of the connections, and of a weight with all its columns
const IN = 84, OUT = 244, NODE = 34; // where the channels stand, and how wide they are
const STORED = 316, DENSE = 566;
const MAP = 32; // height and width of the output for which MACs are counted
const COLORS = [SKY, ORANGE, GREEN, PURPLE]; // in turn, by group
const LEFT = {"text-anchor": "start"}, HIDDEN = {fill: INK, "fill-opacity": 0};

const range = (count, first = 0) => Array.from({length: count}, (_, i) => first + i);
const inTurn = (count, draw) => COLORS.map((color, turn) => draw(range(count).filter((g) => g % 4 === turn), color));

function layer({in_channels: ins, out_channels: outs, groups, kernel_size: k, output}) {
  const seen = Math.floor(ins / groups), made = Math.floor(outs / groups); // channels of one group
  const row = Math.min(output, outs - 1), mine = Math.floor(row / made); // what is followed, and its group
  const possible = range(ins, 1).filter((g) => ins % g === 0 && outs % g === 0);
  return {ins, outs, groups, k, seen, made, row, mine, possible, sees: range(seen, mine * seen), dense: outs * ins * k * k};
}

/** The channels of one side: in its group's colour, or in stripes where a group would be incomplete. */
function nodes(x, count, each, marked, groups) {
  const step = HIGH / count, high = Math.min(0.85 * step, 24);
  const place = (i) => [x, TOP + (i + 0.5) * step - high / 2, NODE, high];
  return [
    inTurn(groups, (some, color) => boxes(some.flatMap((g) => range(each, g * each)).map(place), filled(color))),
    boxes(range(count - each * groups, each * groups).map(place), striped("rest", VERMILION)),
    boxes(marked.map(place), outlined(INK, {"stroke-width": 2.5})),
    range(count).map((i) => text(x + NODE / 2, TOP + (i + 0.5) * step, i, {"font-size": 13})),
  ];
}

function connections({ins, outs, groups, seen, made, row, mine, sees}) {
  const at = (i, count) => (TOP + (i + 0.5) * HIGH / count).toFixed(1);
  const way = (i, o) => `M${IN + NODE} ${at(i, ins)}L${OUT} ${at(o, outs)}`;
  const within = (g) => range(seen, g * seen).flatMap((i) => range(made, g * made).map((o) => way(i, o)));
  return [
    text(10, 48, [number("connections", outs * seen), " of ", number("pairs", outs * ins), " connections"], LEFT),
    range(groups).map((g) => text(10, at(g, groups), `group ${g}`, {...LEFT, "font-size": 13, "font-weight": g === mine && "bold"})),
    inTurn(groups, (some, color) => tag("path", {d: some.flatMap(within).join(""), ...outlined(color)})),
    tag("path", {d: sees.map((i) => way(i, row)).join(""), ...outlined(INK, {"stroke-width": 2.5})}),
  ];
}

/** A weight: a row for each output, and `columns` columns of cells, each one slice of a kernel. */
function weight(x, columns, {ins, outs, groups, seen, mine, row}) {
  const cell = WIDE / ins, tall = HIGH / groups, wide = seen * cell;
  const left = (g) => x + (g * seen % columns) * cell;
  const upright = range(columns + 1).map((i) => `M${x + i * cell} ${TOP}v${HIGH}`);
  const level = range(outs + 1).map((i) => `M${x} ${TOP + i * HIGH / outs}h${columns * cell}`);
  return [
    tag("path", {d: [...upright, ...level].join(""), ...outlined(INK, {"stroke-opacity": 0.3})}),
    inTurn(groups, (some, color) =>
      boxes(some.map((g) => [left(g), TOP + g * tall, wide, tall]), filled(color, {"stroke-width": 1.5}))),
    box(left(mine), TOP + row * HIGH / outs, wide, HIGH / outs, outlined(INK, {"stroke-width": 2.5})),
  ];
}

function weights(found) {
  const {ins, outs, k, groups, seen, mine, row, sees} = found, cell = WIDE / ins, y = TOP + (row + 0.5) * HIGH / outs;
  const shape = (name, columns) =>
    ["(", number(`${name} out`, outs), ", ", number(`${name} in`, columns), ", ", number(`${name} kernel`, k), `, ${k})`];
  const middle = Math.min(Math.max(DENSE + (mine + 0.5) * WIDE / groups, DENSE + 50), DENSE + WIDE - 50);
  const last = seen > 1 ? [" to ", number("last input", sees.at(-1))] : [];
  const across = (from, to) => line(from, y, to, y, {"stroke-dasharray": "3 3"});
  return [
    text(STORED, 48, `weight as stored: a cell is ${k}×${k}`, LEFT), text(STORED, 67, shape("stored", seen), LEFT),
    text(DENSE, 48, "as a dense weight: empty is 0", LEFT), text(DENSE, 67, shape("dense", ins), LEFT),
    text(middle, TOP - 14, [seen > 1 ? "inputs " : "input ", number("first input", sees[0]), ...last], {"font-size": 13}),
    across(OUT + NODE, STORED), across(STORED + seen * cell, DENSE + mine * seen * cell),
    weight(STORED, seen, found), weight(DENSE, ins, found),
  ];
}

/** What can be taken hold of: any row, the followed channel, and the corner of the first block. */
function handles({ins, outs, groups, row}) {
  const step = HIGH / outs, dot = (x, y) => [circle(x, y, 14, HIDDEN), circle(x, y, 5, {fill: INK})];
  const column = (x) => box(x, TOP, NODE, HIGH, HIDDEN);
  return [
    range(outs).map((o) => box(10, TOP + o * step, 780, step, {...HIDDEN, "data-set": JSON.stringify({output: o})})),
    group({"data-drag": "output"}, column(IN), column(OUT), dot(OUT + NODE, TOP + (row + 0.5) * step)),
    group({"data-drag": "groups"}, dot(DENSE + WIDE / groups, TOP + HIGH / groups)),
  ];
}

function cost({outs, ins, k, groups, seen, dense}) {
  const own = dense / groups, each = groups > 1 ? `${ins}/${groups}` : seen;
  const before = groups > 1 ? `, 1/${groups} of the dense layer's ` : ", as many as the dense layer's ";
  return [
    box(10, 412, 780, 22), box(10, 412, 780 / groups, 22, striped("cost", SKY)),
    text(10, 452, [`parameters: ${outs} · ${each} · ${k} · ${k} = `, number("parameters", own), before,
      number("dense", dense)], LEFT),
    text(10, 474, [`MACs for an output of ${MAP}×${MAP}: ${thousands(own)} · ${MAP} · ${MAP} = `,
      number("macs", own * MAP * MAP)], LEFT),
  ];
}

function possible(found) {
  const {groups, ins, outs, seen, made, row, mine, sees, dense} = found;
  const kind = groups === 1 ? ["a dense convolution, where every output sees every input"]
    : [`${groups} separate convolutions, each from `, number("seen", seen), ` to ${plural(made, "channel")}`,
      groups === ins ? ": depthwise" : ""];
  const inputs = seen > 1 ? `inputs ${sees[0]} to ${sees.at(-1)}` : `input ${sees[0]}`;
  return {
    heading: [`groups = ${groups}: `, ...kind],
    svg: [connections(found), nodes(IN, ins, seen, sees, groups), nodes(OUT, outs, made, [row], groups),
      weights(found), cost(found), handles(found)],
    words: groups === 1 ? `Output ${row} sees every input, as all outputs do. This dense layer has ${thousands(dense)} parameters.`
      : `Output ${row}, in group ${mine}, sees ${inputs} and no others. ` +
        `${groups === ins ? "This depthwise layer" : "The layer"} has ${thousands(dense / groups)} parameters, a dense one ${thousands(dense)}.`,
  };
}

function impossible({ins, outs, groups, seen, made, possible}) {
  const sides = [["in", ins, seen], ["out", outs, made]].filter(([, count]) => count % groups);
  const reasons = sides.map(([side, count, each], i) => text(340, 160 + 34 * i,
    [`${count} channels ${side} = ${groups} groups of `, number(`${side} each`, each), ", and ",
      number(`${side} left`, count % groups), " left over"], {...LEFT, "font-size": 16}));
  const allowed = ins === outs ? ins : `both ${ins} and ${outs}`;
  const ways = possible.map((g, i) => group({"data-set": JSON.stringify({groups: g})},
    box(340 + 56 * i, 290, 44, 34, filled(SKY, {rx: 6})), text(362 + 56 * i, 307, g, {"font-size": 16})));
  return {
    heading: `groups = ${groups}: there is no such convolution`,
    svg: [nodes(IN, ins, seen, [], groups), nodes(OUT, outs, made, [], groups), reasons, ways,
      text(340, 262, `groups must divide ${allowed}. Take one of these:`, {...LEFT, "font-size": 16})],
    words: `There is no such convolution: ${plural(groups, "group")} would leave over ` +
      `${sides.map(([side, count]) => `${count % groups} of ${count} channels ${side}`).join(" and ")}. ` +
      `Possible: ${possible.join(", ")}.`,
  };
}

function picture(values) {
  const found = layer(values), draw = found.possible.includes(values.groups) ? possible : impossible;
  const {heading, svg, words} = draw(found);
  const ends = [[IN, "in"], [OUT, "out"]].map(([x, name]) => text(x + NODE / 2, TOP - 14, name));
  const title = text(400, 16, heading, {"font-size": 16});
  return {svg: group({}, stripes("rest", VERMILION), stripes("cost", SKY), title, ends, svg), words};
}

function drag(values, {part, x, y}) {
  const {outs, possible} = layer(values), down = (y - TOP) / HIGH;
  if (part === "output") return {output: Math.min(Math.max(Math.floor(down * outs), 0), outs - 1)};
  const share = ((x - DENSE) / WIDE + down) / 2; // the corner's way along the diagonal is 1/groups
  return {groups: possible.reduce((best, g) => Math.abs(1 / g - share) < Math.abs(1 / best - share) ? g : best)};
}

const settle = ({output, out_channels}) => output < out_channels ? {} : {output: out_channels - 1};

export default explorer({size: [800, 486], picture, drag, settle});
