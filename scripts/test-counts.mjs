// Prints the counts of the last run of the tests in `npm run check`, if there was one, as CI reads them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const file = join(root, '.cache/vitest.json');
if (existsSync(file)) {
  const { numPassedTests, numFailedTests, success } = JSON.parse(readFileSync(file, 'utf8'));
  // A test file that could not even be loaded has no failed test in it.
  console.log(`${numPassedTests} passed, ${success ? numFailedTests : Math.max(1, numFailedTests)} failed`);
}
