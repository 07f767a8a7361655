// Builds dist when it is missing or older than what it is made of.
import { readdirSync, readFileSync, statSync } from 'node:fs';
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
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const types = Object.values(exports).flatMap((entry) => entry.require?.types ?? []);
const complete = types.every((file) => times(join(root, file)).length > 0);
const built = Math.min(...times(join(root, 'dist')));

if (!complete || built < changed) await run('npm', ['run', '--silent', 'build']);
