// Another process with a cache of its own over the same Redis, for cases of several processes.
// node second.mjs LIBRARY PREFIX, with an IPC channel.
import { setImmediate } from 'node:timers/promises';
import { sharedNow } from './cases/processes.mjs';

const [libraryName, prefix] = process.argv.slice(2);
const library = await import(`./libraries/${libraryName}.mjs`);
const make = library.tiered ?? library.redis;
const cache = await make({ url: process.env.BENCH_REDIS, prefix, maxEntries: 10_000 });
/** What the source holds, as far as this process was told. */
let source = 0;

const work = {
  /** Holds the key's value in this process, then looks at it until it is another one. */
  async watch({ key, value, giveUpAfter }) {
    source = value;
    const factory = async () => ({ value: source });
    // What is told of the last change comes first.
    for (let pass = 0; pass < 20; pass++) {
      await cache.getOrCreate(key, factory);
      await setImmediate();
    }
    process.send({ ready: true });
    const giveUpAt = performance.now() + giveUpAfter;
    while (performance.now() < giveUpAt) {
      const found = await cache.getOrCreate(key, factory);
      if (found.value !== value) return { seenAt: sharedNow() };
      await setImmediate();
    }
    return { seenAt: undefined };
  },
  tell({ value }) {
    source = value;
  },
  /** Many callers of a cold key. */
  async load({ key, callers }) {
    let runs = 0;
    const factory = async () => {
      runs++;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { value: 1 };
    };
    await Promise.all(Array.from({ length: callers }, () => cache.getOrCreate(key, factory)));
    return { runs };
  },
};

process.on('message', async ({ kind, ...what }) => {
  const answer = await work[kind](what);
  if (answer !== undefined) process.send(answer);
});
process.on('disconnect', () => process.exit());
process.send({ started: true });
