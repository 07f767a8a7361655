// Every library of bench/peers beside a raw lower bound: a child process each, in rounds in shuffled order, garbage collected before
// each; medians with their quartiles, and ratios within a round.
// npm run bench [-- CASE ... --rounds 15 --record]   (needs `npm run build`; CASE: the beginning of a case's name)
// --record writes bench/results.json and draws docs/images from it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { run } from '../scripts/run.mjs';
import { draw, show } from './charts.mjs';
import { startServer } from './redis-server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const peers = join(here, 'peers');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '15' }, record: { type: 'boolean', default: false } },
});

// In a folder of its own: the library's own dependencies know nothing of them.
if (!existsSync(join(peers, 'node_modules'))) {
  await run('npm', ['install', '--prefix', peers, '--no-package-lock', '--no-audit', '--no-fund'], { quiet: true });
}

const named = (folder) =>
  readdirSync(join(peers, folder))
    .filter((file) => file.endsWith('.mjs'))
    .map((file) => file.slice(0, -'.mjs'.length));
const libraries = await Promise.all(
  named('libraries').map(async (name) => ({ name, ...(await import(`./peers/libraries/${name}.mjs`)) })),
);
const cases = await Promise.all(
  named('cases').map(async (name) => ({ name, ...(await import(`./peers/cases/${name}.mjs`)) })),
);
const chosen = cases.filter(
  ({ name, title }) =>
    title !== undefined && (positionals.length === 0 || positionals.some((start) => name.startsWith(start))),
);
if (chosen.length === 0) throw new Error(`no such case; there are ${cases.map(({ name }) => name).join(', ')}`);

function versionOf({ packageName }) {
  if (packageName === undefined) return '';
  const own = join(here, '..', 'package.json');
  const file = packageName === 'distributed-cache' ? own : join(peers, 'node_modules', packageName, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : '';
}

/** The bound of a case: what all others are divided by. */
const boundOf = ({ name }) =>
  libraries.find(({ isBoundOf }) => isBoundOf?.includes(name)) ?? libraries.find(({ isBound }) => isBound);

function started(measured, library) {
  const child = fork(join(peers, 'child.mjs'), [measured.name, library.name], {
    execArgv: ['--expose-gc', ...(measured.flags ?? [])],
    env: { ...process.env, BENCH_REDIS: server?.url },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${measured.name}, ${library.name}: its process ended (${code ?? signal})`);
  });
  // Killed when the case is over.
  ended.catch(() => {});
  const told = async () => (await Promise.race([once(child, 'message'), ended]))[0];
  return { child, told, library, values: [], notes: new Set() };
}

const shuffled = (list) =>
  list
    .map((one) => [Math.random(), one])
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);

function quantile(list, fraction) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))];
}

async function measure(measured) {
  const rounds = measured.rounds ?? Number(values.rounds);
  const takingPart = libraries.filter(({ isBoundOf }) => isBoundOf === undefined || isBoundOf.includes(measured.name));
  const running = [];
  for (const library of takingPart) {
    const one = started(measured, library);
    const { takesPart } = await one.told();
    if (takesPart) running.push(one);
    else one.child.kill();
  }
  // Two rounds are for the compiler.
  const began = performance.now();
  for (let round = -2; round < rounds; round++) {
    for (const one of shuffled(running)) {
      one.child.send('round');
      const { value, error, note } = await one.told();
      if (error !== undefined) throw new Error(`${measured.name}, ${one.library.name}: ${error}`);
      if (note !== undefined) one.notes.add(note);
      if (round >= 0) one.values.push(value);
    }
    const left = ((performance.now() - began) / (round + 3)) * (rounds - 1 - round);
    process.stderr.write(
      `\r${measured.name}: round ${Math.max(0, round + 1)} of ${rounds}, ${Math.ceil(left / 1_000)} s left   `,
    );
  }
  process.stderr.write('\r\x1b[K');
  for (const { child } of running) child.kill();
  const bound = running.find(({ library }) => library === boundOf(measured));
  const rows = running.map(({ library, values: list, notes }) => {
    const compared = list.map((value, i) =>
      measured.isDifference ? value - bound.values[i] : value / bound.values[i],
    );
    const spread = (numbers) => ({
      median: quantile(numbers, 0.5),
      low: quantile(numbers, 0.25),
      high: quantile(numbers, 0.75),
    });
    return {
      library: library.name,
      version: versionOf(library),
      value: spread(list),
      compared: spread(compared),
      notes: [...notes],
    };
  });
  rows.sort((a, b) => a.value.median - b.value.median);
  const { name, title, unit, isDifference = false, isCount = false } = measured;
  return { name, title, unit, isDifference, isCount, rounds, bound: bound.library.name, rows };
}

function print({ title, unit, isDifference, isCount, bound, rows }) {
  const second = isCount ? '' : ` ${isDifference ? 'more than' : 'to'} ${bound} | quartiles |`;
  console.log(`\n${title}\n\n| | ${unit} |${second}\n|---|---|${isCount ? '' : '---|---|'}`);
  for (const { library, version, value, compared, notes } of rows) {
    const compare = isCount ? '' : ` ${show(compared.median)} | ${show(compared.low)} to ${show(compared.high)} |`;
    const note = notes.length > 0 ? `, ${notes.join(', ')}` : '';
    console.log(`| ${[library, version].join(' ').trim()} | ${show(value.median)}${note} |${compare}`);
  }
}

const server = chosen.some(({ needsRedis }) => needsRedis) ? await startServer() : undefined;
const results = [];
for (const [i, measured] of chosen.entries()) {
  process.stderr.write(`case ${i + 1} of ${chosen.length}: ${measured.title}\n`);
  const result = await measure(measured);
  print(result);
  results.push(result);
}
const [{ model }] = cpus();
const machine = { node: process.version, system: `${type()} ${release()}`, cpu: model, cores: cpus().length };
if (values.record) {
  const recorded = { date: new Date().toISOString().slice(0, 10), machine, results };
  await writeFile(join(here, 'results.json'), `${JSON.stringify(recorded, undefined, 2)}\n`);
  await draw(recorded, join(here, '..', 'docs', 'images'));
}
console.log(`\n${machine.node}, ${machine.cores} cores, ${machine.cpu.trim()}`);
await server?.stop();
process.exit(0);
