// What an AsyncLocalStorage costs every await of a process while it is enabled: why getOrCreate enables its own only
// while a factory runs. node bench/load-context.mjs
import { AsyncLocalStorage } from 'node:async_hooks';

const awaits = 2_000_000;
const settled = Promise.resolve(1);

async function time() {
  const started = process.hrtime.bigint();
  for (let i = 0; i < awaits; i++) await settled;
  return Number(process.hrtime.bigint() - started) / awaits;
}

await time();
for (let round = 0; round < 3; round++) {
  const without = await time();
  const storage = new AsyncLocalStorage();
  storage.run({}, () => {});
  const enabled = await time();
  storage.disable();
  const disabled = await time();
  console.log(
    `an await: ${without.toFixed(0)} ns; enabled ${enabled.toFixed(0)} ns; disabled again ${disabled.toFixed(0)} ns`,
  );
}
