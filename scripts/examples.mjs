// Runs every example (examples/NAME.mjs or examples/NAME/main.mjs) against the built package: each must end by itself,
// with exit code 0.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { report, root, run } from './run.mjs';

const folder = join(root, 'examples');
const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
const examples = entries.flatMap((entry) => {
  if (entry.isDirectory()) return [`examples/${entry.name}/main.mjs`];
  return entry.name.endsWith('.mjs') ? [`examples/${entry.name}`] : [];
});

await run(process.execPath, ['scripts/ensure-build.mjs']);
for (const example of examples.sort()) {
  // The demo waits for expirations to come, so it has longer.
  const timeout = example === 'examples/demo/main.mjs' ? 120_000 : 60_000;
  await report(example, async () => {
    await run(process.execPath, [example], { quiet: true, timeout });
  });
}
if (examples.length === 0) {
  console.log('FAIL: there is no example');
  process.exitCode = 1;
}
