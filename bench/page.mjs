// Puts what bench/run.mjs has recorded into the tables of docs/performance.md.
import { readFile, writeFile } from 'node:fs/promises';
import { filledIn, table } from '../scripts/markdown.mjs';
import { show } from './charts.mjs';

/** The heading of each case's column, by the table. */
const compared = {
  local: {
    'local-hot': 'one hot key',
    'local-zipf': '100,000 keys, Zipf',
    'local-10kb': 'values of 10 KB',
    'local-tiered': 'two tiers over Redis',
    peek: '`peek`',
    allocated: 'bytes a hit allocates more than `await`',
    memory: 'memory of an entry, to a `Map`',
  },
  redis: {
    'redis-hit-1-100b': '100 B, one by one',
    'redis-hit-1': '1 KB, one by one',
    'redis-hit-1-100kb': '100 KB, one by one',
    'redis-hit-64': '1 KB, 64 callers',
    'redis-hit-256': '256 callers',
    'redis-set-1': 'set, one by one',
    'redis-set-8': '8 callers',
    'redis-set-64': '64 callers',
    'redis-get-many': '`getMany` of 100',
    'redis-set-many': '`setMany` of 100',
  },
  callers: {
    stampede: '1,000 callers of a cold key',
    'stampede-failing': 'the factory fails',
    'stampede-processes': '4 processes of 250',
    coherence: 'a change seen elsewhere, ms',
    'coherence-lost': 'its message lost, ms',
    'outage-frozen': 'slowest call, Redis frozen, ms',
    'outage-refused': 'never there, ms',
  },
};

/** What is not called as its file is. */
const names = {
  'dotnet-hybrid-cache': '.NET HybridCache',
  'dotnet-fusion-cache': 'FusionCache',
  'dotnet-redis-cache': '.NET RedisCache',
  socket: 'a bare socket',
};

const own = 'distributed-cache';
/** What the others are divided by, where they are. */
const bound = 'raw';

export async function fillIn({ results }, page) {
  const byName = new Map(results.map((result) => [result.name, result]));
  const tables = Object.fromEntries(results.map(({ name, columns, rows }) => [name, columns && table(columns, rows)]));
  for (const [name, cases] of Object.entries(compared)) tables[name] = beside(cases, byName);
  await writeFile(page, filledIn(await readFile(page, 'utf8'), tables));
}

/** A row for each library, a column for each case; `undefined` where a case was not run. */
function beside(cases, byName) {
  const measured = Object.keys(cases).map((name) => byName.get(name));
  if (measured.includes(undefined)) return undefined;
  const libraries = new Map(measured.flatMap(({ rows }) => rows.map((row) => [row.library, row])));
  const cells = ({ library, version }) => [
    `${names[library] ?? library} ${version}`.trim(),
    ...measured.map(({ rows, isDifference }) => {
      const row = rows.find((each) => each.library === library);
      if (row === undefined) return '';
      const { median } = row.compared ?? row.value;
      return isDifference ? median.toFixed(0) : show(median);
    }),
  ];
  const bounds = new Set([bound, ...measured.map((result) => result.bound)]);
  const rows = [...libraries.values()].filter(({ library }) => !bounds.has(library));
  // In one order in each table: ours first.
  rows.sort((a, b) => (b.library === own) - (a.library === own) || (a.library < b.library ? -1 : 1));
  return table(['', ...Object.values(cases)], rows.map(cells));
}
