export const title = (text) => console.log(`\n${text}\n${'-'.repeat(text.length)}`);

export const milliseconds = (ms) => `${ms.toFixed(ms < 10 ? 3 : 1)} ms`;

export const print = (what, ms, from, result) =>
  console.log(`  ${what.padEnd(30)} ${milliseconds(ms).padStart(11)}   ${from.padEnd(7)} ${result}`.trimEnd());

/** How the code that makes the cache changes. */
export const change = (before, after) => console.log(`  - ${before}\n  + ${after}\n`);
