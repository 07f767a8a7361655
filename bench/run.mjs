// Every library of bench/peers beside a raw lower bound: a child process each, in rounds in shuffled order, garbage collected before
// each; medians with their quartiles, and ratios within a round.
// npm run bench [-- CASE ... --rounds 15 --record]   (needs `npm run build`; CASE: the beginning of a case's name)
// --record writes bench/results.json and draws docs/images from it.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
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

function versionOf({ packageName, version }) {
  if (version !== undefined) return version();
  if (packageName === undefined) return '';
  const own = join(here, '..', 'package.json');
  const file = packageName === 'distributed-cache' ? own : join(peers, 'node_modules', packageName, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : '';
}

/** The bound of a case: what all others are divided by. */
const boundOf = ({ name }) =>
  libraries.find(({ isBoundOf }) => isBoundOf?.includes(name)) ?? libraries.find(({ isBound }) => isBound);

/** Whether a library can be measured here, and what it needs built or installed for that. */
const present = [];
for (const library of libraries) if ((await library.available?.()) ?? true) present.push(library);

/** What a process says, in order, also where it is not waited for yet. */
function heard(child, what) {
  const said = [];
  let waiting;
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${what}: its process ended (${code ?? signal})`);
  });
  // Killed when the case is over.
  ended.catch(() => {});
  const hear = (message) => {
    said.push(message);
    waiting?.();
  };
  const told = async () => {
    if (said.length === 0) {
      const next = new Promise((resolve) => {
        waiting = resolve;
      });
      await Promise.race([next, ended]);
    }
    return said.shift();
  };
  return { hear, told };
}

/** One library in one case: a process that is told to run a round, and says what it measured. */
function started(measured, library) {
  const what = `${measured.name}, ${library.name}`;
  const environment = { ...process.env, BENCH_REDIS: server?.url };
  const one = { library, values: [], more: [], notes: new Set() };
  if (library.command !== undefined) {
    // Not of Node: lines of JSON by its standard streams.
    const [program, ...args] = library.command(measured.name);
    const child = spawn(program, args, { env: environment, stdio: ['pipe', 'pipe', 'inherit'] });
    const { hear, told } = heard(child, what);
    createInterface({ input: child.stdout }).on('line', (line) => hear(JSON.parse(line)));
    return { ...one, child, told, send: (message) => child.stdin.write(`${message}\n`) };
  }
  const child = fork(join(peers, 'child.mjs'), [measured.name, library.name], {
    execArgv: ['--expose-gc', ...(measured.flags ?? [])],
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { hear, told } = heard(child, what);
  child.on('message', hear);
  return { ...one, child, told, send: (message) => child.send(message) };
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

/** A case that isn't one of libraries beside each other: it makes its own table, in a process of its own. */
async function tabulate(measured) {
  const one = started(measured, { name: '' });
  await one.told();
  one.send('round');
  const { table, error } = await one.told();
  one.child.kill();
  if (error !== undefined) throw new Error(`${measured.name}: ${error}`);
  const { name, title } = measured;
  return { name, title, ...table };
}

async function measure(measured) {
  const rounds = measured.rounds ?? Number(values.rounds);
  const { warmUps = 5 } = measured;
  const takingPart = present.filter(({ isBoundOf, cases: only }) =>
    (isBoundOf ?? only ?? [measured.name]).includes(measured.name),
  );
  const running = [];
  for (const library of takingPart) {
    const one = started(measured, library);
    const { takesPart } = await one.told();
    if (takesPart) running.push(one);
    else one.child.kill();
  }
  const began = performance.now();
  for (let round = -warmUps; round < rounds; round++) {
    for (const one of shuffled(running)) {
      one.send('round');
      const { value, error, note, more } = await one.told();
      if (error !== undefined) throw new Error(`${measured.name}, ${one.library.name}: ${error}`);
      if (note !== undefined) one.notes.add(note);
      if (round < 0) continue;
      one.values.push(value);
      one.more.push(more ?? {});
    }
    const left = ((performance.now() - began) / (round + warmUps + 1)) * (rounds - 1 - round);
    process.stderr.write(
      `\r${measured.name}: round ${Math.max(0, round + 1)} of ${rounds}, ${Math.ceil(left / 1_000)} s left   `,
    );
  }
  process.stderr.write('\r\x1b[K');
  for (const { child } of running) child.kill();
  const bound = running.find(({ library }) => library === boundOf(measured));
  const rows = running.map(({ library, values: list, more, notes }) => {
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
      // Beside the bound, as the value is.
      more: Object.fromEntries(
        Object.keys(more[0]).map((what) => [
          what,
          quantile(
            more.map((each, i) => each[what] / bound.more[i][what]),
            0.5,
          ),
        ]),
      ),
      notes: [...notes],
    };
  });
  rows.sort((a, b) => a.value.median - b.value.median);
  const { name, title, unit, isDifference = false, isCount = false } = measured;
  return { name, title, unit, isDifference, isCount, rounds, bound: bound.library.name, rows };
}

const row = (cells) => `| ${cells.join(' | ')} |`;

function print(result) {
  console.log(`\n${result.title}\n`);
  if (result.columns !== undefined) printTable(result);
  else printLibraries(result);
}

function printTable({ columns, rows, notes = [] }) {
  console.log([row(columns), row(columns.map(() => '---')), ...rows.map(row)].join('\n'));
  for (const note of notes) console.log(`\n${note}`);
}

function printLibraries({ unit, isDifference, isCount, bound, rows }) {
  const more = isCount ? [] : Object.keys(rows[0].more);
  const second = isCount ? [] : [`${isDifference ? 'more than' : 'to'} ${bound}`, 'quartiles', ...more];
  const columns = ['', unit, ...second];
  const lines = rows.map(({ library, version, value, compared, notes, more: shares }) => {
    const note = notes.length > 0 ? `, ${notes.join(', ')}` : '';
    const first = [[library, version].join(' ').trim(), `${show(value.median)}${note}`];
    if (isCount) return row(first);
    const spread = `${show(compared.low)} to ${show(compared.high)}`;
    return row([
      ...first,
      show(compared.median),
      spread,
      ...more.map((what) => (what in shares ? show(shares[what]) : '')),
    ]);
  });
  console.log([row(columns), row(columns.map(() => '---')), ...lines].join('\n'));
}

const server = chosen.some(({ needsRedis }) => needsRedis) ? await startServer() : undefined;
const results = [];
for (const [i, measured] of chosen.entries()) {
  process.stderr.write(`case ${i + 1} of ${chosen.length}: ${measured.title}\n`);
  const result = await (measured.table === undefined ? measure(measured) : tabulate(measured));
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
