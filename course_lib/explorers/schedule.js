import {BLUE, GREEN, INK, VERMILION, box, circle, filled, group, line, number, path, tag, text, thousands} from "./draw.js";
import {explorer} from "./runtime.js";

// Half the sum of curvature * w²: one steep direction, one flat one. Both start at a loss of 1/2.
const DIRECTIONS = [{curvature: 1, start: 1}, {curvature: 0.01, start: 10}];
const MOMENTUM = 0.9, NOISE = 0.1; // standard deviation of what is added to each entry of the gradient
const LIMIT = 2 * (1 + MOMENTUM) / DIRECTIONS[0].curvature; // above this rate the steep direction grows
const DIVERGED = 1e6, LOWEST = -3, HIGHEST = 2; // the loss, and the exponents of ten in the picture

const TOP = 78, BOTTOM = 326, WIDTH = 304, RATES = 64, LOSSES = 478; // the charts, and their left edges
const ROOM = 1.08; // above the highest rate of the axis
const FIFTHS = [0, 0.2, 0.4, 0.6, 0.8, 1];
const LOOKS = {cosine: {stroke: BLUE}, steps: {stroke: VERMILION, "stroke-dasharray": "8 4"},
  constant: {stroke: GREEN, "stroke-dasharray": "2 3"}};
const THEN = {cosine: "along a cosine to 0", constant: "constant",
  steps: "a tenth from half time, a hundredth from three quarters"};

/** The learning rate of step 0, 1, ...; the warm-up is the same in all schedules. */
function rate(schedule, step, {max_lr, warmup, steps}) {
  const peak = warmup * steps, last = steps - 1;
  if (step < peak) return max_lr * step / peak;
  if (schedule === "constant") return max_lr;
  if (schedule === "steps") return max_lr * (step >= 0.75 * steps ? 0.01 : step >= 0.5 * steps ? 0.1 : 1);
  return max_lr * (1 - Math.cos(Math.PI * (last - step) / Math.max(last - peak, 1))) / 2;
}

/** The mean loss over all noise before each step and after the last, until it diverges. Exact, no sampling:
 * SGD with momentum on a bowl is linear in (w, v), so the means of w², w v and v² follow a recursion. */
function expectedLoss(rates) {
  let moments = DIRECTIONS.map(({curvature: k, start}) => ({k, ww: start ** 2, wv: 0, vv: 0}));
  const loss = [];
  for (let step = 0; step <= rates.length; step++) {
    loss.push(moments.reduce((sum, {k, ww}) => sum + k * ww / 2, 0));
    if (loss[step] > DIVERGED) break;
    const lr = rates[step], noise = NOISE ** 2; // v becomes k w + m v + noise, and w loses lr times that
    moments = moments.map(({k, ww, wv, vv}) => {
      const kept = 1 - lr * k, pushed = -lr * MOMENTUM;
      return {
        k, ww: kept ** 2 * ww + 2 * kept * pushed * wv + pushed ** 2 * vv + lr ** 2 * noise,
        wv: kept * k * ww + (kept * MOMENTUM + pushed * k) * wv + pushed * MOMENTUM * vv - lr * noise,
        vv: k ** 2 * ww + 2 * k * MOMENTUM * wv + MOMENTUM ** 2 * vv + noise,
      };
    });
  }
  return loss;
}

const digits = (value) => (value < 10 ? String(Number(value.toPrecision(2))) : thousands(Math.round(value)));
const topOf = (max_lr) => [0.05, 0.5, 5].find((top) => max_lr <= top); // the axis of the rates ends a little above

/** Each schedule's rates and losses, and in words where it ends; the chosen one last, so on top. */
function courses(values) {
  return Object.keys(LOOKS).sort((one, other) => (one === values.schedule) - (other === values.schedule)).map((name) => {
    const rates = Array.from({length: values.steps}, (_, step) => rate(name, step, values));
    const losses = expectedLoss(rates), end = losses[losses.length - 1];
    return {name, rates, losses, end, chosen: name === values.schedule, reached: end > DIVERGED ? "diverges" : digits(end)};
  });
}

/** A chart's frame with the steps below it; `ticks` are [height, words]. */
function axes(left, steps, label, ticks) {
  const middle = (TOP + BOTTOM) / 2;
  return [
    box(left, TOP, WIDTH, BOTTOM - TOP, {fill: "none", stroke: INK, "stroke-opacity": 0.5}),
    ticks.map(([y, words]) => [line(left, y, left + WIDTH, y, {"stroke-opacity": 0.15}),
      text(left - 12, y, words, {"text-anchor": "end", "font-size": 13})]),
    FIFTHS.map((fifth) => text(left + WIDTH * fifth, BOTTOM + 16, steps * fifth, {"font-size": 13})),
    text(left + WIDTH / 2, BOTTOM + 36, "step"),
    text(left - 52, middle, label, {transform: `rotate(-90 ${left - 52} ${middle})`}),
  ];
}

/** What each schedule reaches, above the charts. */
function legend(all) {
  return Object.keys(LOOKS).map((name, i) => {
    const x = 70 + 244 * i, {chosen, end, reached} = all.find((each) => each.name === name);
    return group({"data-set": JSON.stringify({schedule: name})},
      box(x - 8, 34, 236, 28, {fill: "transparent"}),
      line(x, 48, x + 40, 48, {...LOOKS[name], "stroke-width": chosen ? 3.5 : 2}),
      text(x + 50, 48, end > DIVERGED ? `${name}: diverges` : [`${name}: ends at `, number(name, end, reached)],
        {"text-anchor": "start", "font-weight": chosen && "bold"}));
  });
}

/** Where the chosen schedule's rate is too high: a line in either chart. */
function tooHigh(rates, rateAt, across) {
  const x = across(LOSSES, rates.findIndex((value) => value > LIMIT)), y = rateAt(LIMIT), look = {"stroke-dasharray": "4 4"};
  return [
    line(RATES, y, RATES + WIDTH, y, look), line(x, TOP, x, BOTTOM, look),
    text(RATES + WIDTH + 5, y, [number("limit", LIMIT)], {"text-anchor": "start", "font-size": 13}),
    text(LOSSES + WIDTH / 2, BOTTOM + 60, ["above ", number("limit", LIMIT), " (dashed) the loss grows"], {"font-size": 13}),
  ];
}

function picture(values) {
  const {max_lr, warmup, schedule, steps} = values, top = topOf(max_lr), peak = warmup * steps, all = courses(values);
  const across = (left, step) => left + WIDTH * step / steps;
  const rateAt = (value) => BOTTOM - value / (ROOM * top) * (BOTTOM - TOP);
  const lossAt = (value) => BOTTOM - (Math.log10(value) - LOWEST) / (HIGHEST - LOWEST) * (BOTTOM - TOP);
  const curves = (left, of, y) => all.map((each) => path(each[of].map((value, step) => [across(left, step), y(value)]),
    {...LOOKS[each.name], "stroke-width": each.chosen ? 3.5 : 1.8, "data-set": JSON.stringify({schedule: each.name}),
      "data-line": `${each.name} ${of}`}));
  const [one, other, {rates, reached}] = all, half = rates[steps / 2], last = rates[steps - 1];
  const highest = number("highest", max_lr);
  const start = warmup ? ["up to ", highest, " at step ", number("peak", peak)] : [highest, " at once"];
  return {
    svg: group({},
      text(400, 18, [...start, `, then ${THEN[schedule]}`], {"font-size": 16}), legend(all),
      axes(RATES, steps, "learning rate", FIFTHS.map((fifth) => [rateAt(top * fifth), digits(top * fifth)])),
      axes(LOSSES, steps, "expected loss on the bowl", [-3, -2, -1, 0, 1, 2].map((e) => [lossAt(10 ** e), String(10 ** e)])),
      max_lr > LIMIT ? tooHigh(rates, rateAt, across) : "", curves(RATES, "rates", rateAt),
      tag("clipPath", {id: "losses"}, box(LOSSES, TOP, WIDTH, BOTTOM - TOP)),
      group({"clip-path": "url(#losses)"}, curves(LOSSES, "losses", lossAt)),
      circle(across(RATES, peak), rateAt(max_lr), 8, filled(INK, {"data-drag": "peak", "stroke-width": 2})),
      text(across(RATES, peak) + 12, rateAt(max_lr) - 11, "drag the peak", {"text-anchor": "start", "font-size": 13}),
      text(RATES + WIDTH / 2, BOTTOM + 60, [`${schedule}: `, number("half", half, digits(half)), " at half time, ",
        number("last", last, digits(last)), " at the last step"], {"font-size": 13})),
    words: `${steps} steps, rate ${warmup ? `up to ${max_lr} at step ${peak}` : `${max_lr} at once`}, then ${THEN[schedule]}. `
      + `Loss at the end: ${schedule} ${reached}; ${one.name} ${one.reached}, ${other.name} ${other.reached}.`,
  };
}

/** The peak follows the pointer. Above and below the chart the next higher and lower axis begin. */
function drag(values, {x, y, from}) {
  const top = topOf(from.values.max_lr), height = ROOM * (BOTTOM - y) / (BOTTOM - TOP);
  const max_lr = height > 1.2 ? 10 * top * (height - 1) : height < 0.15 ? top / 10 * (height + 0.9) : top * height;
  return {max_lr, warmup: (x - RATES) / WIDTH};
}

export default explorer({size: [800, 400], picture, drag});
