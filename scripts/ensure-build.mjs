// Builds dist when it is missing or older than what it is made of.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/** The times of a file, or of a folder and all that is in it (a folder's own time tells of a file that was deleted). */
function times(path) {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return [];
  const below = entry.isDirectory() ? readdirSync(path).flatMap((name) => times(join(path, name))) : [];
  return [entry.mtimeMs, ...below];
}

const sources = ['src', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsup.config.ts'];
const changed = Math.max(...sources.flatMap((name) => times(join(root, name))));
// Without its types the build was cut short.
const complete = [
  'index',
  'redis',
  'testing',
  'compression',
  'encryption',
  'hash-long-keys',
  'msgpackr',
  'superjson',
  'v8',
].every((entry) => times(join(root, `dist/${entry}.d.cts`)).length > 0);
const built = Math.min(...times(join(root, 'dist')));

if (!complete || built < changed) await run('npm', ['run', '--silent', 'build']);
