// Every library of bench/peers beside a raw lower bound: a child process each, in rounds in shuffled order, garbage collected before
// each; medians with their quartiles, and ratios within a round.
// npm run bench [-- CASE ... --rounds 15 --record]   (needs `npm run build`; CASE: the beginning of a case's name)
// --record writes bench/results.json, draws docs/images from it, and fills in the tables of docs/performance.md.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { run } from '../scripts/run.mjs';
import { draw } from './charts.mjs';
import { measure, tabulate } from './measure.mjs';
import { fillIn } from './page.mjs';
import { startServer } from './redis-server.mjs';
import { print } from './tables.mjs';

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

/** Whether a library can be measured here, and what it needs built or installed for that. */
const present = [];
for (const library of libraries) {
  if ((await library.available?.()) ?? true)
    present.push({ ...library, version: library.version?.() ?? versionOf(library) });
}

const progress = (text) => process.stderr.write(`\r${text}   `);
const date = new Date().toISOString().slice(0, 10);
const results = [];
for (const [i, measured] of chosen.entries()) {
  process.stderr.write(`case ${i + 1} of ${chosen.length}: ${measured.title}\n`);
  // A server of its own: what one case leaves in it (keys, Lua's memory, clients it tracks) is not in the figures of the next.
  const server = measured.needsRedis ? await startServer() : undefined;
  const common = { libraries: present, rounds: Number(values.rounds), redisUrl: server?.url, progress };
  const result = await (measured.table === undefined ? measure(measured, common) : tabulate(measured, server?.url));
  await server?.stop();
  process.stderr.write('\r\x1b[K');
  print(result);
  results.push({ ...result, date });
}
const [{ model }] = cpus();
const machine = { node: process.version, system: `${type()} ${release()}`, cpu: model, cores: cpus().length };
if (values.record) {
  const recorded = { machine, results: withRecorded() };
  await writeFile(join(here, 'results.json'), `${JSON.stringify(recorded, undefined, 2)}\n`);
  await draw(recorded, join(here, '..', 'docs', 'images'));
  await fillIn(recorded, join(here, '..', 'docs', 'performance.md'));
}
console.log(`\n${machine.node}, ${machine.cores} cores, ${machine.cpu.trim()}`);
process.exit(0);

/** What was measured now, and the cases that were recorded before on the same machine. */
function withRecorded() {
  const file = join(here, 'results.json');
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { machine: undefined };
  const isSame = JSON.stringify(before.machine) === JSON.stringify(machine);
  const kept = isSame ? before.results.filter(({ name }) => !results.some((result) => result.name === name)) : [];
  return [...results, ...kept].sort((a, b) => (a.name < b.name ? -1 : 1));
}
