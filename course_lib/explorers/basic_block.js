import {BLUE, GREEN, ORANGE, SKY, VERMILION, arrow, box, circle, filled, group, line, number, path, percent, stripes, striped, text, thousands} from "./draw.js";
import {explorer} from "./runtime.js";

const MAIN = 206, PAST = 92; // heights of the two paths
const PARTS = {conv1: SKY, conv2: BLUE, "bn1 and bn2": GREEN, projection: VERMILION};

/** What the block computes with and what that costs: shapes as texts, parameters by part. */
function block({in_channels, channels, stride, size}) {
  const out = Math.floor((size + 2 - 3) / stride) + 1;
  const reasons = [];
  if (in_channels !== channels) reasons.push(`the channels go from ${in_channels} to ${channels}`);
  if (stride !== 1) reasons.push(`the stride is ${stride}`);
  const cost = {
    conv1: 9 * in_channels * channels,
    conv2: 9 * channels * channels,
    "bn1 and bn2": 4 * channels,
    projection: reasons.length ? in_channels * channels + 2 * channels : 0,
  };
  return {out, reasons, cost, total: Object.values(cost).reduce((sum, each) => sum + each)};
}

/** A labelled operation on the path at height y. */
function operation(x, y, width, color, ...rows) {
  const letters = rows.map((row, i) => text(x + width / 2, y + 17 * (i - (rows.length - 1) / 2), row, {"font-size": 13}));
  return box(x, y - 27, width, 54, filled(color, {rx: 6})) + letters.join("");
}
const shape = (x, y, name, c, s) => text(x, y, [number(`${name}.channels`, c, c), "×", number(`${name}.size`, s, s), "×", s], {"font-size": 13});

function paths({in_channels, channels, stride, size}, {out, reasons}) {
  const past = reasons.length
    ? [operation(230, PAST, 110, VERMILION, "conv", `1×1, stride ${stride}`), operation(360, PAST, 50, GREEN, "bn"),
       path([[90, MAIN], [90, PAST], [230, PAST]]), arrow(340, PAST, 360, PAST), path([[410, PAST], [610, PAST], [610, MAIN - 40]])]
    : path([[90, MAIN], [90, PAST], [610, PAST], [610, MAIN - 40]]);
  return [
    text(30, MAIN - 24, "x", {"font-size": 20, "font-style": "italic"}), text(762, MAIN - 24, "y", {"font-size": 20, "font-style": "italic"}),
    line(10, MAIN, 105, MAIN), arrow(95, MAIN, 115, MAIN),
    operation(115, MAIN, 110, SKY, "conv1", `3×3, stride ${stride}`), arrow(225, MAIN, 240, MAIN),
    operation(240, MAIN, 48, GREEN, "bn1"), arrow(288, MAIN, 302, MAIN), operation(302, MAIN, 50, ORANGE, "ReLU"), arrow(352, MAIN, 382, MAIN),
    operation(382, MAIN, 110, BLUE, "conv2", "3×3, stride 1"), arrow(492, MAIN, 506, MAIN), operation(506, MAIN, 48, GREEN, "bn2"), arrow(554, MAIN, 592, MAIN),
    ...[past].flat(), arrow(610, MAIN - 60, 610, MAIN - 19), circle(610, MAIN, 18), text(610, MAIN, "+", {"font-size": 24}),
    arrow(628, MAIN, 650, MAIN), operation(650, MAIN, 50, ORANGE, "ReLU"), arrow(700, MAIN, 790, MAIN),
    shape(52, MAIN + 46, "x", in_channels, size), shape(366, MAIN + 46, "conv1", channels, out),
    shape(572, MAIN + 46, "conv2", channels, out), shape(745, MAIN + 46, "y", channels, out),
    text(reasons.length ? 285 : 350, PAST - 42, reasons.length ? "projection" : "identity: nothing to compute", {"font-size": 13}),
    shape(520, PAST - 18, "shortcut", channels, out),
  ];
}

/** Each part's share of the parameters, as a bar, and in numbers. */
function shares({cost, total}) {
  let left = 20;
  const look = {conv1: filled(SKY), conv2: striped("conv2", BLUE), "bn1 and bn2": filled(GREEN), projection: striped("projection", VERMILION)};
  const bar = Object.entries(cost).map(([part, count]) => {
    const width = 760 * count / total;
    left += width;
    return box(left - width, 306, width, 36, look[part]);
  });
  const key = Object.entries(cost).map(([part, count], i) => [
    box(20 + 190 * i, 356, 14, 14, look[part]),
    text(40 + 190 * i, 363, [`${part}: `, number(part, count)], {"text-anchor": "start", "font-size": 13}),
  ]);
  return [text(20, 290, ["parameters: ", number("total", total)], {"text-anchor": "start"}), ...bar, ...key.flat()];
}

function picture(values) {
  const found = block(values), {reasons, cost, total, out} = found;
  const shortcut = reasons.length ? `needs a projection, as ${reasons.join(" and ")}` : "is the identity, as the shapes agree";
  const price = reasons.length
    ? `The projection is ${percent(cost.projection / total)} of the block's ${thousands(total)} parameters.`
    : `It costs nothing; the block has ${thousands(total)} parameters.`;
  return {
    svg: group({}, stripes("conv2", BLUE), stripes("projection", VERMILION, -45),
      text(400, 16, `The shortcut ${shortcut}.`, {"font-size": 16}), paths(values, found), shares(found)),
    words: `y is ${values.channels}×${out}×${out}. The shortcut ${shortcut}. ${price}`,
  };
}

export default explorer({size: [800, 380], picture});
