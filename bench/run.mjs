// Every library of bench/peers beside a raw lower bound: a child process each, in rounds in shuffled order, garbage collected before
// each; medians with their quartiles, and ratios within a round.
// npm run bench [-- CASE ... --rounds 15 --record]   (needs `npm run build`; CASE: the beginning of a case's name)
// --record writes bench/results.json and draws docs/images from it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { run } from '../scripts/run.mjs';
import { draw } from './charts.mjs';
import { measure, tabulate } from './measure.mjs';
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

const server = chosen.some(({ needsRedis }) => needsRedis) ? await startServer() : undefined;
const progress = (text) => process.stderr.write(`\r${text}   `);
const results = [];
for (const [i, measured] of chosen.entries()) {
  process.stderr.write(`case ${i + 1} of ${chosen.length}: ${measured.title}\n`);
  const common = { libraries: present, rounds: Number(values.rounds), redisUrl: server?.url, progress };
  const result = await (measured.table === undefined ? measure(measured, common) : tabulate(measured, server?.url));
  process.stderr.write('\r\x1b[K');
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
