import {GREEN, INK, ORANGE, SKY, VERMILION, arrow, box, circle, filled, group, number, path, stripes, striped, tag, text, thousands} from "./draw.js";
import {explorer} from "./runtime.js";

const SIZE = 56, TALLEST = 72; // of x; height of the widest map in the picture
const ENDS = [112, 606], SUM = 656; // where x and the last map stand, and the shortcut joins
const CENTRES = {Bottleneck: 122, BasicBlock: 292};
const COLORS = [SKY, ORANGE, GREEN];
const BARS = {x: 112, longest: 400};

/** The convolutions of both blocks in order. All are padded so that only a stride shrinks the map. */
function chains({in_channels, channels, stride, v1}) {
  const chain = (...layers) => {
    let c = in_channels, size = SIZE;
    return layers.map(([kernel, out, step]) => {
      const conv = {kernel, stride: step, channels: out, size: Math.ceil(size / step), weights: kernel * kernel * c * out};
      [c, size] = [out, conv.size];
      return {...conv, macs: conv.weights * size * size};
    });
  };
  const wide = 4 * channels;
  return {
    Bottleneck: chain([1, channels, v1 ? stride : 1], [3, channels, v1 ? 1 : stride], [1, wide, 1]),
    BasicBlock: chain([3, wide, stride], [3, wide, 1]),
  };
}
const widest = ({in_channels, channels}) => Math.max(in_channels, 4 * channels);
const look = (conv, i) => (conv.kernel === 3 ? striped(`three${i}`, COLORS[i]) : filled(COLORS[i]));
const sum = (convs, what) => convs.reduce((total, conv) => total + conv[what], 0);

/** A block's path: maps as dark bars, convolutions as funnels between them, and the shortcut above. */
function diagram(name, convs, values) {
  const y = CENTRES[name], past = y - 76, step = (ENDS[1] - ENDS[0]) / convs.length;
  const maps = [{channels: values.in_channels, size: SIZE}, ...convs].map((map, i) => ({
    ...map, x: ENDS[0] + i * step, height: TALLEST * map.channels / widest(values), id: i ? `${name}.conv${i}` : "x",
  }));
  const parts = {0: "in_channels", 1: "channels"}; // the maps whose height a control sets
  const project = values.stride !== 1 || values.in_channels !== 4 * values.channels;
  const small = (x, y, words) => text(x, y, words, {"font-size": 13}), letter = {"font-size": 18, "font-style": "italic"};
  return [
    text(8, past, name, {"text-anchor": "start", "font-weight": 600}),
    path([[ENDS[0], y], [ENDS[0], past], [project ? 270 : SUM, past]]), path([[project ? 450 : SUM, past], [SUM, past], [SUM, y - 30]]),
    project
      ? box(270, past - 13, 180, 26, filled(VERMILION, {rx: 6})) + small(360, past, `projection 1×1, stride ${values.stride}`)
      : small(360, past - 11, "identity: nothing to compute"),
    text(34, y - 18, "x", letter), arrow(24, y, ENDS[0] - 4, y),
    arrow(ENDS[1], y, SUM - 16, y), arrow(SUM, y - 40, SUM, y - 17), circle(SUM, y, 16), text(SUM, y, "+", {"font-size": 22}),
    arrow(SUM + 16, y, 700, y), box(700, y - 16, 48, 32, filled(ORANGE, {rx: 6})), small(724, y, "ReLU"),
    arrow(748, y, 790, y), text(772, y - 18, "y", letter),
    ...convs.map((conv, i) => {
      const [from, to] = [maps[i], maps[i + 1]], hourglass = name === "Bottleneck" && i < 2 && values.stride !== 1;
      const set = hourglass ? {"data-set": JSON.stringify({v1: i === 0})} : {};
      const points = [[from.x, -from.height], [to.x, -to.height], [to.x, to.height], [from.x, from.height]];
      return group(set, tag("polygon", {points: points.map(([px, h]) => `${px},${y + h / 2}`).join(" "), ...look(conv, i)}),
        small((from.x + to.x) / 2, y - 50, `conv${i + 1} ${conv.kernel}×${conv.kernel}, stride ${conv.stride}`));
    }),
    ...maps.map(({x, height, id, channels, size}, i) => {
      const part = name === "Bottleneck" ? parts[i] : undefined;
      const words = [number(`${id}.channels`, channels, channels), "×", number(`${id}.size`, size), `×${size}`, part ? " ↕" : ""];
      return group({"data-drag": part}, part ? box(x - 14, y - 44, 28, 88, {fill: "transparent"}) : "",
        box(x - 4, y - height / 2, 8, height, {fill: INK}), small(x, y + 50, words));
    }),
  ];
}

/** A bar for each block, divided among its convolutions, and the numbers behind it. */
function bars(top, what, title, unit, shown) {
  const longest = Math.max(...Object.values(shown).map((convs) => sum(convs, what)));
  const count = (name, value) => number(`${name}.${what}`, value, unit(value));
  const row = (name, y, behind) => {
    let x = BARS.x;
    const pieces = shown[name].map((conv, i) => {
      const width = BARS.longest * conv[what] / longest;
      x += width;
      return box(x - width, y - 9, width, 18, look(conv, i));
    });
    return [text(20, y, name, {"text-anchor": "start", "font-size": 13}), ...pieces,
      text(x + 8, y, [count(name, sum(shown[name], what)), ...behind], {"text-anchor": "start", "font-size": 13})];
  };
  const terms = shown.Bottleneck.map((conv, i) => (i ? " + " : " = ") + count(`Bottleneck.conv${i + 1}`, conv[what]));
  const times = sum(shown.BasicBlock, what) / sum(shown.Bottleneck, what);
  return [
    text(20, top, title, {"text-anchor": "start", "font-weight": 600, "font-size": 13}),
    row("Bottleneck", top + 22, terms),
    row("BasicBlock", top + 45, [", ", number(`${what}.times`, times, times.toFixed(1)), " times as many"]),
  ].flat();
}

/** Which version it is, and what that does to conv1. */
function version({v1, stride}, conv1, counted) {
  const name = v1 ? "v1" : "v1.5", read = conv1.size ** 2, all = SIZE ** 2;
  if (stride === 1) return [`${name}: with stride 1, v1 and v1.5 are the same block.`];
  return v1
    ? [`${name}: conv1 reads `, counted("read", read), " of the ", counted("positions", all), " positions of x."]
    : [`${name}: conv1 reads all `, counted("read", all), " positions of x."];
}

function picture(values) {
  const shown = chains(values), {Bottleneck, BasicBlock} = shown, y = Bottleneck[2];
  const times = (what) => (sum(BasicBlock, what) / sum(Bottleneck, what)).toFixed(1);
  const millions = (value) => `${thousands((value / 1e6).toFixed(1))} M`;
  return {
    svg: group({}, ...COLORS.slice(0, 2).map((color, i) => stripes(`three${i}`, color, 45 - 90 * i)),
      text(400, 14, version(values, Bottleneck[0], number), {"font-size": 16}),
      diagram("Bottleneck", Bottleneck, values), diagram("BasicBlock", BasicBlock, values),
      bars(372, "weights", "weights of the convolutions, without the shortcut's", thousands, shown),
      bars(446, "macs", "multiply-adds (MACs)", millions, shown)),
    words: `x is ${values.in_channels}×${SIZE}×${SIZE}, y is ${y.channels}×${y.size}×${y.size}. ` +
      `${version(values, Bottleneck[0], (_, value) => thousands(value)).join("")} A BasicBlock of the same outer width ` +
      `has ${times("weights")} times as many weights and ${times("macs")} times as many MACs.`,
  };
}

/** A map's height is its channels: dragged to a height, it gets those that fit. */
const drag = (values, {part, y, from}) => ({[part]: 2 * Math.abs(y - CENTRES.Bottleneck) / TALLEST * widest(from.values)});

export default explorer({size: [800, 510], picture, drag});
