import {BLUE, INK, VERMILION, box, group, line, number, path, tag, text, thousands} from "./draw.js";
import {explorer} from "./runtime.js";

const LEFT = 74, RIGHT = 550, TOP = 66, BOTTOM = 350, SIDE = 578; // the chart, and what stands beside it
const HIGH = 5; // exponents of ten: the axis ends here; PyTorch's weights need a longer one than He's
const SCALES = {he: {low: -7, step: 2}, default: {low: -22, step: 4}};
const NETWORKS = [[false, true], [true, true], [false, false], [true, false]]; // residual, batch_norm
const SETTINGS = {padding: ["zeros around the maps", "circular padding"], width: ["width 8", "width 16"],
  weights: ["He's first weights", "PyTorch's first weights"]}; // as in the notebook, and changed

const called = (residual, batch_norm) => `${residual ? "residual" : "plain"}, ${batch_norm ? "with" : "without"} BN`;
const power = (exponent) => `10${String(exponent).replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]))}`;
/** One digit: the rest is a matter of chance. */
const rough = (value) => Number(value.toPrecision(1));
const about = (name, value) => number(name, rough(value), written(value));
const written = (value) => (rough(value) < 1e-3 ? rough(value).toExponential() : thousands(rough(value)));

/** The measured logarithms of a network: their mean and their extremes, convolution by convolution. */
function measured({depth, change}, residual, batch_norm, computed) {
  const rows = computed[`${depth} ${+residual} ${+batch_norm} ${change}`];
  const columns = rows[0].map((_, i) => rows.map((row) => row[i]));
  return {
    mean: columns.map((column) => column.reduce((sum, each) => sum + each) / column.length),
    low: columns.map((column) => Math.min(...column)), high: columns.map((column) => Math.max(...column)),
    seeds: rows.length,
  };
}

function verdict(mean) {
  const steps = mean[0] - mean[mean.length - 1]; // powers of ten, from the output to the input
  if (Math.max(...mean) < -4) return "They have vanished in all layers alike.";
  if (Math.min(...mean) > 0.6) return "They are large in all layers.";
  if (steps >= 0.8) return "They grow towards the input.";
  return steps <= -0.8 ? "They shrink towards the input." : "They are about level.";
}

/** The axes, with the sizes of the maps on which the convolutions work. */
function axes(depth, x, y, {low, step}) {
  const ends = [0, 1, 2, 3].map((stages) => stages * (depth - 2) / 3 + 1); // the stem, and the last of each stage
  const borders = [0.5, ...ends.slice(1).map((end) => end + 0.5)].map(x);
  const powers = [];
  for (let exponent = Math.ceil(low / step) * step; exponent <= HIGH; exponent += step) powers.push(exponent);
  return [
    box(LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP, {fill: "none", stroke: INK, "stroke-opacity": 0.5}),
    powers.map((exponent) => [
      line(LEFT, y(exponent), RIGHT, y(exponent), {"stroke-opacity": exponent ? 0.15 : 0.4}),
      text(LEFT - 8, y(exponent), power(exponent), {"text-anchor": "end"})]),
    ["8×8 maps", "4×4 maps", "2×2 maps"].map((size, i) => [
      i > 0 && line(borders[i], TOP, borders[i], BOTTOM, {"stroke-opacity": 0.5, "stroke-dasharray": "2 4"}),
      text((borders[i] + borders[i + 1]) / 2, TOP - 12, size, {"font-size": 13})].filter(Boolean)),
    ends.map((layer) => text(x(layer), BOTTOM + 16, layer, {"font-size": 13})),
    text((LEFT + RIGHT) / 2, BOTTOM + 38, "convolution, from the input to the output"),
    text(18, (TOP + BOTTOM) / 2, "norm of the loss's gradient", {transform: `rotate(-90 18 ${(TOP + BOTTOM) / 2})`}),
  ];
}

/** A line as each network has it: its colour, circles or squares, and dashes without BN. */
function curve(points, residual, batch_norm, chosen) {
  const color = residual ? BLUE : VERMILION, every = Math.ceil(points.length / 20);
  const marks = points.filter((_, i) => i % every === 0).map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join("");
  return [
    path(points, {stroke: "transparent", "stroke-width": 16}), // is easily clicked
    path(points, {stroke: color, "stroke-width": chosen ? 3 : 1.5, "stroke-dasharray": batch_norm ? undefined : "7 4"}),
    tag("path", {d: marks, stroke: color, "stroke-width": chosen ? 7 : 5, "stroke-linecap": residual ? "square" : "round"}),
  ];
}

function legend(values) {
  return NETWORKS.map(([residual, batch_norm], i) => {
    const y = TOP + 8 + 26 * i, chosen = residual === values.residual && batch_norm === values.batch_norm;
    return group({"data-set": JSON.stringify({residual, batch_norm})},
      box(SIDE - 6, y - 13, 800 - SIDE, 26, {fill: "transparent"}),
      curve([[SIDE, y], [SIDE + 21, y], [SIDE + 42, y]], residual, batch_norm, chosen),
      text(SIDE + 52, y, called(residual, batch_norm), {"text-anchor": "start", "font-weight": chosen ? "bold" : undefined}));
  });
}

/** What the curves were measured on; what differs from the notebook's networks stands out. */
function notes({change}, first, last, seeds) {
  const left = {"text-anchor": "start", "font-size": 13}, settings = Object.entries(SETTINGS);
  const put = (y, words, look) => text(SIDE, y, words, {...left, ...look});
  return [
    put(194, ["at the first convolution: ", about("first", first)]), put(212, ["at the last: ", about("last", last)]),
    settings.map(([name, words], i) => put(242 + 18 * i, words[+(name === change)], name === change && {"font-weight": "bold"})),
    put(308, `Line: geometric mean of ${seeds}`), put(326, "initialisations. Band: from the"),
    put(344, "smallest to the largest."),
    put(372, "Batch: 16 digits of 8×8 pixels."),
  ];
}

function picture(values, computed) {
  const {depth, residual, batch_norm, change} = values, scale = change === "weights" ? SCALES.default : SCALES.he;
  const x = (layer) => LEFT + (layer - 0.5) / (depth - 1) * (RIGHT - LEFT);
  const y = (exponent) => BOTTOM - (exponent - scale.low) / (HIGH - scale.low) * (BOTTOM - TOP);
  const placed = (logarithms) => logarithms.map((each, i) => [x(i + 1), y(each)]);
  const isChosen = ([kind, normalised]) => kind === residual && normalised === batch_norm;
  const drawn = (network) => group({"data-set": JSON.stringify({residual: network[0], batch_norm: network[1]})},
    curve(placed(measured(values, ...network, computed).mean), ...network, isChosen(network)));
  const {mean, low, high, seeds} = measured(values, residual, batch_norm, computed);
  const [first, last] = [mean[0], mean[mean.length - 1]], name = called(residual, batch_norm);
  const band = path([...placed(high), ...placed(low).reverse()],
    {fill: residual ? BLUE : VERMILION, "fill-opacity": 0.25, stroke: "none"});
  return {
    svg: group({},
      text(400, 18, [`${depth} layers, ${name}: the first gradient is about `,
        about("ratio", 10 ** (first - last)), " times the last"], {"font-size": 16}),
      axes(depth, x, y, scale), NETWORKS.filter((network) => !isChosen(network)).map(drawn), band, drawn([residual, batch_norm]),
      legend(values), notes(values, 10 ** first, 10 ** last, seeds)),
    words: `${depth} layers, ${name}${change === "none" ? "" : `, ${SETTINGS[change][1]}`}, before training: gradient about `
      + `${written(10 ** first)} at the first convolution, ${written(10 ** last)} at the last. ${verdict(mean)}`,
  };
}

export default explorer({size: [800, 400], picture});
