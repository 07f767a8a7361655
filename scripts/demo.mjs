// Runs the demo, also on a fresh checkout: installs and builds whatever is missing first.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

try {
  // npm writes this file last, so an install that was cut short is done again.
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) await run('npm', ['ci', '--no-audit', '--no-fund']);
  await run(process.execPath, ['scripts/ensure-build.mjs']);
  await run(process.execPath, ['examples/demo/main.mjs'], { timeout: 120_000 });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
