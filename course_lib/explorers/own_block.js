// The learner's own block beside the course's, under the picture of any explorer of a block.
// module.py puts this around that explorer's module, which is `inner` here and knows nothing of it.
import {VERMILION, box, group, line, number, outlined, text, thousands} from "./draw.js";
import {explorer} from "./runtime.js";

const OWN_HEIGHT = 126;
const BLOCK_COLUMNS = [330, 520, 700]; // middles: shape, parameters, output

/** What was found for the values. A block is [parameters, ...shape], or null without an output. */
function findings({choices, texts, found}, values) {
  const place = Object.entries(choices).reduce((sum, [name, list]) => sum * list.length + list.indexOf(values[name]), 0);
  const [told, course, own] = found[place];
  const [sign, message, note] = texts[told];
  return {course, own: own === 0 ? course : own, sign, message, note};
}

const sides = (id, shape) => shape.map((side, i) => (i ? "×" : "") + number(`${id}.${i}`, side)).join("");
const parameters = (id, count) => `${number(`${id}.parameters`, count)} parameters`;
const signOf = (same) => (same ? "=" : "≠");

/** A cell of the learner's row. What differs is in a dashed box, behind a sign. */
function compared(column, y, sign, words) {
  const x = BLOCK_COLUMNS[column], look = outlined(VERMILION, {"stroke-width": 2, "stroke-dasharray": "5 3", rx: 4});
  return (sign === "≠" ? box(x - 90, y - 12, 180, 24, look) : "") + text(x, y, [`${sign} `, words], {"font-size": 13});
}

function beside(values, {own: found}, drawn) {
  const {course, own, sign, message, note} = findings(found, values), top = inner.size[1];
  const label = (y, words) => text(20, y, words, {"text-anchor": "start", "font-size": 13});
  const plain = (column, words) => text(BLOCK_COLUMNS[column], top + 24, [words], {"font-size": 13});
  const rows = [
    line(20, top + 4, 780, top + 4, {"stroke-opacity": 0.5}),
    label(top + 24, `the course's ${found.names.course}`),
    course ? plain(0, sides("course", course.slice(1))) + plain(1, parameters("course", course[0])) : plain(0, "no such block"),
    label(top + 52, `your ${found.names.own}`),
    ...(own
      ? [compared(0, top + 52, signOf(String(own.slice(1)) === String(course?.slice(1))), sides("own", own.slice(1))),
         compared(1, top + 52, signOf(own[0] === course?.[0]), parameters("own", own[0])), compared(2, top + 52, sign, "output")]
      : [compared(0, top + 52, sign, "no output")]),
    ...[...message, note].map((words, i) => label(top + 77 + 18 * i, words)),
  ];
  const unlike = String(own) === String(course) ? "" : ", unlike the course's";
  const told = own ? `${own.slice(1).join("×")}, ${thousands(own[0])} parameters${unlike}.` : "no output.";
  return {svg: drawn.svg + group({}, ...rows), words: `${drawn.words} Yours: ${told} ${message.join(" ")}`};
}

export default explorer({
  ...inner,
  size: [inner.size[0], inner.size[1] + OWN_HEIGHT],
  picture: (values, computed) => beside(values, computed, inner.picture(values, computed)),
});
