// What a case of `npm run bench` measures: every library in rounds in shuffled order, or a table of its own.
import { started } from './processes.mjs';
import { median, quantile } from './quantile.mjs';

/** Rounds before those that count: the compiler takes its time. */
const usualWarmUps = 5;

/** A case that isn't one of libraries beside each other: it makes its own table, in a process of its own. */
export async function tabulate(measured, redisUrl) {
  const one = started(measured, { name: '' }, redisUrl);
  await one.told();
  one.send('round');
  const { table, error } = await one.told();
  one.child.kill();
  if (error !== undefined) throw new Error(`${measured.name}: ${error}`);
  const { name, title } = measured;
  return { name, title, ...table };
}

/** @param options - `libraries` that are there, `rounds` where the case does not say, `redisUrl`, `progress` told in words. */
export async function measure(measured, { libraries, rounds: usualRounds, redisUrl, progress }) {
  const { name, title, unit, isDifference = false, isCount = false, warmUps = usualWarmUps } = measured;
  const rounds = measured.rounds ?? usualRounds;
  const running = [];
  for (const library of takingPart(libraries, name)) {
    const one = started(measured, library, redisUrl);
    const { takesPart } = await one.told();
    if (takesPart) running.push({ ...one, values: [], more: [], notes: new Set() });
    else one.child.kill();
  }
  const began = performance.now();
  for (let round = -warmUps; round < rounds; round++) {
    for (const one of shuffled(running)) await oneRound(one, measured, round >= 0);
    const left = ((performance.now() - began) / (round + warmUps + 1)) * (rounds - 1 - round);
    progress(`${name}: round ${Math.max(0, round + 1)} of ${rounds}, ${Math.ceil(left / 1_000)} s left`);
  }
  for (const { child } of running) child.kill();
  const bound = isCount ? undefined : boundOf(running, name);
  const rows = running.map((one) => rowOf(one, bound, isDifference));
  rows.sort((a, b) => a.value.median - b.value.median);
  return { name, title, unit, isDifference, rounds, bound: bound?.library.name, rows };
}

/** `cases` of a library are the only ones that it takes part in, `isBoundOf` too, where it is what others are divided by. */
const takingPart = (libraries, name) =>
  libraries.filter(({ isBoundOf, cases = isBoundOf }) => cases === undefined || cases.includes(name));

const boundOf = (running, name) =>
  running.find(({ library }) => library.isBoundOf?.includes(name)) ?? running.find(({ library }) => library.isBound);

async function oneRound(one, { name }, counts) {
  one.send('round');
  const { value, error, note, more = {} } = await one.told();
  if (error !== undefined) throw new Error(`${name}, ${one.library.name}: ${error}`);
  if (note !== undefined) one.notes.add(note);
  if (!counts) return;
  one.values.push(value);
  one.more.push(more);
}

/** A library's medians; with a bound, ratios within a round (or differences), also of what was measured beside. */
function rowOf({ library, values, more, notes }, bound, isDifference) {
  const compare = (value, to) => (isDifference ? value - to : value / to);
  const beside = Object.keys(more[0]).filter((what) => bound === undefined || what in bound.more[0]);
  const medianOf = (what) =>
    median(more.map((each, i) => (bound === undefined ? each[what] : compare(each[what], bound.more[i][what]))));
  return {
    library: library.name,
    version: library.version,
    value: spread(values),
    compared: bound && spread(values.map((value, i) => compare(value, bound.values[i]))),
    more: Object.fromEntries(beside.map((what) => [what, medianOf(what)])),
    notes: [...notes],
  };
}

const spread = (numbers) => ({
  median: median(numbers),
  low: quantile(numbers, 0.25),
  high: quantile(numbers, 0.75),
});

const shuffled = (list) =>
  list
    .map((one) => [Math.random(), one])
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
