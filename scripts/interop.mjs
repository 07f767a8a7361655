// Runs the tests against real .NET processes, and prints what was tried as a table: npm run test:interop [-- --record].
// The table is in docs/aspnet-core.md; --record puts it there, and without it one that is not that of this run is an error.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filledIn, table } from './markdown.mjs';
import { root, run } from './run.mjs';

const output = join(root, '.cache/interop.json');
const page = join(root, 'docs/aspnet-core.md');
const isRecorded = process.argv.includes('--record');

const args = ['run', 'test/interop', '--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
// Nothing may be skipped, and no version left out: the table says what ran.
const { INTEROP_PACKAGE_VERSION: _, ...env } = process.env;
await run('npm', ['exec', '--offline', '--', 'vitest', ...args], {
  env: { ...env, CI: 'true' },
  timeout: 1_200_000,
});

const { testResults } = JSON.parse(await readFile(output, 'utf8'));
// In the order of their files, whichever ended first.
testResults.sort((a, b) => (a.name < b.name ? -1 : 1));
const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
const rows = rowsOf(tests);
const cells = rows.map((row) => row.map(escaped));
const made = table(['direction', 'case', 'versions', 'result'], cells);
console.log(`\n${made}\n\n${tests.length} tests, ${rows.length} cases`);

const recorded = await readFile(page, 'utf8');
const text = filledIn(recorded, { interop: made });
if (isRecorded) await writeFile(page, text);
else if (text !== recorded) {
  console.error('\ndocs/aspnet-core.md has another table: npm run test:interop -- --record');
  process.exitCode = 1;
}

/** One row for each case: the versions that it ran with together. */
function rowsOf(all) {
  const byCase = new Map();
  for (const { ancestorTitles, title, status } of all) {
    const titles = [...ancestorTitles, title].filter((each) => each !== '');
    const version = titles.find((each) => /^RedisCache \d/.test(each));
    const direction = titles.find((each) => /^from /.test(each));
    const what = titles.filter((each) => each !== version && each !== direction).join(': ');
    const key = JSON.stringify([direction ?? 'both', what]);
    const row = byCase.get(key) ?? { versions: [], statuses: new Set() };
    if (version !== undefined) row.versions.push(...version.match(/\d+(?:\.\d+)+/g));
    row.statuses.add(status);
    byCase.set(key, row);
  }
  return [...byCase].map(([key, { versions, statuses }]) => {
    const majors = [...new Set(versions.map((version) => version.split('.')[0]))];
    return [...JSON.parse(key), majors.join(', ') || 'SDK', [...statuses].join(', ')];
  });
}

function escaped(cell) {
  const printable = cell
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll('\r', '')
    .replaceAll('\n', ' ');
  // What no page shows: controls, and marks that stand alone.
  return printable.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}]/gu, ' ');
}
