// Tools that are no dependency of ours, installed into the git-ignored .cache: other runtimes, and jest, whose
// dependencies would leave our lock file incomplete (scripts/lockcheck.mjs).
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/** Installs `spec` into .cache/NAME unless it is there, and gives the path of `file` in its node_modules. */
export async function cachedTool(name, spec, file, extra = {}) {
  const folder = join(root, '.cache', name);
  const path = join(folder, 'node_modules', file);
  // A mark of our own, written last: an install that was cut short leaves files behind too.
  const mark = join(folder, 'installed');
  if (existsSync(mark) && existsSync(path)) return path;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, ...extra }));
  const install = ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--prefix', folder, spec];
  await run('npm', install, { cwd: folder, quiet: true });
  if (!existsSync(path)) throw new Error(`${spec} has no ${file}`);
  await writeFile(mark, '');
  return path;
}
