import {BLUE, INK, ORANGE, PURPLE, SKY, box, boxes, filled, group, line, number, outlined, percent, stripes, striped, tag, text} from "./draw.js";
import {explorer} from "./runtime.js";

const SIDE = 252, TOP = 126, PICTURE = 4, MAP = 276, NAMES = 620, BARS = 626; // of the two panels and the chart
const STAGES = {layer1: {stage: "first", side: 28}, layer2: {stage: "second", side: 14}, layer3: {stage: "last", side: 7}};
const LETTERS = "HGFEDCBA-abcdefgh", MOST = 8; // a place's level, from -MOST to MOST, which the strongest has
const STRONG = 4; // from this level on, a place has at least half the strength of the strongest one
const STEPS = [...LETTERS].map((_, i) => i - MOST).filter((level) => level !== 0);
const SMALL = {"font-size": 13}, START = {...SMALL, "text-anchor": "start"};
const FAINT = {"stroke-opacity": 0.4};
const signed = (value, digits) => value.toFixed(digits).replace("-", "−");
const id = (name) => name.replace(" ", "-");

/** A map as it was before letters took the places of pairs: each three of `pairs` are a letter and its pair. */
const expanded = (sent, pairs) => pairs.match(/.../g).reduceRight((text, [letter, a, b]) => text.split(letter).join(a + b), sent);

/** The places' levels: a letter each, or "=" for one as the place above it. */
function unpacked(text, side) {
  const levels = [];
  for (const letter of text)
    levels.push(letter === "=" ? levels[levels.length - side] ?? 0 : LETTERS.indexOf(letter) - MOST);
  return levels;
}

/** What is to be seen: {levels} of the places, on the last stage also their {values}, and how many are strong. */
function facts({picture, stage, target}, {classes, pictures, pairs}) {
  const sent = pictures[picture], best = sent.shares.indexOf(Math.max(...sent.shares));
  const chosen = target === "predicted" ? best : classes.indexOf(target);
  const {side} = STAGES[stage], text = expanded(sent[stage][chosen], pairs[stage]);
  const values = stage === "layer3" && text.split(" ").map(Number);
  const strongest = values && Math.max(...values.map(Math.abs));
  const levels = values ? values.map((value) => Math.trunc(MOST * value / strongest)) : unpacked(text, side);
  const pro = levels.map((each) => each >= STRONG), contra = levels.map((each) => each <= -STRONG);
  const count = (places) => places.filter(Boolean).length;
  const strong = {for: count(pro), against: count(contra), edges: [edges(pro, side), edges(contra, side)]};
  return {sent, best, chosen, side, values, levels, strong};
}

const tint = (level) => ({fill: level > 0 ? ORANGE : PURPLE, "fill-opacity": 0.06 + 0.08 * Math.abs(level)});

/** The places as squares, those of one level in one element. */
function squares({levels, side}) {
  const size = SIDE / side, found = new Map(STEPS.map((step) => [step, []]));
  levels.forEach((level, i) => found.get(level)?.push([i % side * size, Math.floor(i / side) * size, size, size]));
  return [...found].map(([level, list]) => boxes(list, {...tint(level), "shape-rendering": "crispEdges"}));
}

/** The edges between the places that are `inside` and the others, as a path. */
function edges(inside, side) {
  const size = SIDE / side;
  const at = (row, column) => row >= 0 && column >= 0 && row < side && column < side && inside[row * side + column];
  let way = "";
  for (let row = 0; row <= side; row++)
    for (let column = 0; column <= side; column++) {
      const here = at(row, column);
      if (here !== at(row, column - 1)) way += `M${column * size} ${row * size}v${size}`;
      if (here !== at(row - 1, column)) way += `M${column * size} ${row * size}h${size}`;
    }
  return way;
}
const DOTTED = {"stroke-dasharray": "0 4.5", "stroke-width": 3};
const CASING = {stroke: "#222", "stroke-width": 5}; // under coloured lines, which may be as bright as the picture
const outline = (d, look) => tag("path", {d, fill: "none", "stroke-width": 2.5, "stroke-linecap": "round", ...look});
const outlines = ([pro, contra], stroke, against) => [outline(pro, {stroke}), outline(contra, {stroke: against, ...DOTTED})];
const casing = (edges) => edges.map((way) => outline(way, CASING));

function thumbnails({picture}, {pictures}) {
  const frame = (chosen) => ({rx: 6, "pointer-events": "all", ...chosen ? filled(SKY, {stroke: INK}) : outlined("none")});
  return Object.keys(pictures).map((name, i) => group({"data-set": JSON.stringify({picture: name})},
    box(100 * i + 2, 32, 96, 68, frame(name === picture)),
    tag("use", {href: `#${id(name)}`, transform: `translate(${100 * i + 28} 36) scale(1.6)`}),
    text(100 * i + 50, 90, name, SMALL)));
}

/** The probabilities, as bars; a click chooses the class whose map is shown. */
function chart({sent, chosen}, {classes}) {
  return classes.map((name, i) => {
    const y = TOP + SIDE / 10 * i, width = 100 * sent.shares[i], mark = i === sent.label ? " ★" : "";
    return group({"data-set": JSON.stringify({target: name})},
      box(540, y, 260, SIDE / 10, {fill: "none", "pointer-events": "all"}),
      text(NAMES, y + 12, name, {...SMALL, "text-anchor": "end", "font-weight": i === chosen && "bold"}),
      box(BARS, y + 3, width, 19, i === chosen ? striped("chosen", BLUE) : filled(SKY)),
      text(BARS + width + 6, y + 12, [number(`probability of ${name}`, sent.shares[i], percent(sent.shares[i])), mark], START));
  });
}

/** On the last stage the places' own numbers, in tenths as they travel. */
function figures({values, side}) {
  const size = SIDE / side, written = (tenths, i) => {
    const row = Math.floor(i / side), column = i % side;
    const inside = number(`place ${row} ${column}`, tenths / 10, signed(tenths / 10, 1));
    return tag("text", {x: (column + 0.5) * size, y: (row + 0.5) * size}, inside);
  };
  return values ? group({...SMALL, fill: INK, "text-anchor": "middle", "dominant-baseline": "central"}, values.map(written)) : "";
}

function key({strong}) {
  const rule = (y, look) => [CASING, {"stroke-width": 2.5, ...look}]
    .map((each) => line(6, y, 39, y, {"stroke-linecap": "round", ...each}));
  return [
    rule(394, {stroke: ORANGE}), text(48, 394, [number("for", strong.for), " strong places for the class"], START),
    rule(413, {stroke: PURPLE, ...DOTTED}), text(48, 413, [number("against", strong.against), " strong places against it"], START),
    text(4, 432, "strong: at least half of the strongest", START),
    STEPS.map((level) => box(398 + 9 * level, 388, 9, 12, tint(level))), box(326, 388, 153, 12, outlined(INK, FAINT)),
    text(320, 394, "against", {...SMALL, "text-anchor": "end"}), text(485, 394, "for it", START),
    text(670, 394, "★ true class, striped: this map's class", SMALL), text(670, 413, "Click a picture or a class.", SMALL),
  ];
}

/** What the map has to do with the logit, as pieces that `say` writes: in the picture, and in the words. */
function meaning({sent, chosen, values}, {bias}, say) {
  const logit = say("logit", sent.logits[chosen]);
  if (!values) return ["An estimate of what raises the logit ", logit, ". The map's mean is not the logit."];
  const off = sent.means[chosen] + bias[chosen] - sent.logits[chosen];
  return ["The 49 numbers' mean ", say("mean", sent.means[chosen]), " and the head's bias ", say("bias", bias[chosen]),
    " make the logit ", logit, Math.abs(off) > 0.005 ? ", rounded." : "."];
}

/** Where the strongest place is, in words. */
function summit({levels, side}) {
  const most = levels.findIndex((level) => Math.abs(level) === MOST);
  const third = (at) => Math.floor(3 * (at + 0.5) / side);
  const where = ["upper ", "", "lower "][third(Math.floor(most / side))] + ["left", "middle", "right"][third(most % side)];
  return `the strongest (${where}) is ${levels[most] > 0 ? "for" : "against"} it`;
}

function picture(values, computed) {
  const seen = facts(values, computed), {sent, best, chosen, side, strong} = seen, {classes} = computed;
  const {stage} = STAGES[values.stage], method = seen.values ? "Class activation map" : "Grad-CAM";
  const which = `${values.target === "predicted" ? "the predicted class, " : ""}${classes[chosen]}`;
  const sure = (i) => `${classes[i]} (${percent(sent.shares[i])})`;
  const right = best === sent.label ? "and is right" : `but in truth: ${classes[sent.label]}`;
  const panel = (x, title, ...inside) => text(x + SIDE / 2, TOP - 12, title, SMALL) +
    group({transform: `translate(${x} ${TOP})`}, box(0, 0, SIDE, SIDE, outlined(INK, FAINT)), ...inside);
  const drawn = tag("use", {href: `#${id(values.picture)}`, transform: "scale(9)"});
  const truth = `${values.picture}, in truth ${classes[sent.label]}`;
  return {
    svg: group({}, stripes("chosen", BLUE),
      text(400, 14, `${method} for ${which}: ${stage} stage, ${side} × ${side} places`, {"font-size": 16}),
      thumbnails(values, computed),
      panel(PICTURE, truth, drawn, casing(strong.edges), outlines(strong.edges, ORANGE, PURPLE)),
      panel(MAP, "map", squares(seen), figures(seen), outlines(strong.edges, INK, INK)),
      text(670, TOP - 12, `the network says ${classes[best]}`, SMALL), chart(seen, computed), key(seen),
      text(400, 460, meaning(seen, computed, (name, value) => number(name, value, signed(value, 2))), {"font-size": 15})),
    words: `The network says ${sure(best)}, ${right}. ${chosen === best ? classes[chosen] : sure(chosen)} on the ${stage} stage: ` +
      `${strong.for} of ${side * side} places are strong for it, ${strong.against} against; ${summit(seen)}. ` +
      meaning(seen, computed, (_, value) => signed(value, 2)).join(""),
  };
}

/** The pictures as masks, so that they are drawn in the page's own colour. */
const assets = ({pictures}) => Object.fromEntries(Object.entries(pictures).map(([name, {png}]) => {
  const pixels = tag("image", {width: 28, height: 28, href: `data:image/png;base64,${png}`, "image-rendering": "pixelated"});
  const mask = `${id(name)}-shape`, area = {maskUnits: "userSpaceOnUse", x: 0, y: 0, width: 28, height: 28};
  const drawn = box(0, 0, 28, 28, {fill: INK, mask: `url(#${mask})`});
  return [id(name), group({id: id(name)}, tag("mask", {id: mask, ...area}, pixels), drawn)];
}));

export default explorer({size: [800, 476], picture, assets});
