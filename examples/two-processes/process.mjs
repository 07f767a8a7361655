// A process of a shop. It shares a database with others, which is a file here, and Redis.
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { failOpen, HybridCache } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';

const [connection, instanceName, database] = process.argv.slice(2);

/** Keys whose removal is still to reach Redis. */
const owed = new Set();
// A Redis that is away is a miss, not an error. What could not be set or removed is removed when it is back.
const distributed = failOpen(new RedisCache({ connection, instanceName }), {
  onEvent(event) {
    if (event.type === 'removalRemembered') owed.add(event.key);
    else if (event.type === 'removalReplayed') owed.delete(event.key);
  },
});

let isHeard = true;
const cache = new HybridCache({
  distributed,
  ownsDistributed: true,
  defaults: { expiration: '5m' },
  // How old a local copy may be where a message was lost; the default is five seconds.
  maxStaleness: '1s',
  onEvent: ({ type }) => {
    if (type === 'coherenceRestored') isHeard = true;
    else if (type === 'coherenceLost') isHeard = false;
  },
});

let queries = 0;

/** A slow query. */
async function query(id, signal) {
  queries++;
  await sleep(100, undefined, { signal });
  return JSON.parse(await readFile(database, 'utf8'))[id];
}

const find = (id) => cache.getOrCreate(`product:${id}`, ({ signal }) => query(id, signal), { tags: ['products'] });

/** The database first, then the cache. */
async function change(id, price) {
  const product = { id, price };
  await writeFile(database, JSON.stringify({ [id]: product }));
  await cache.set(`product:${id}`, product, { tags: ['products'] });
}

/** Calls it, and counts the queries that this took. */
async function counted(work) {
  const before = queries;
  const reply = await work();
  return { ...reply, queries: queries - before };
}

const answers = {
  ready: () => cache.ready(),
  find: (id, callers) =>
    counted(async () => {
      const begun = performance.now();
      const [value] = await Promise.all(Array.from({ length: callers }, () => find(id)));
      return { value, ms: Math.round(performance.now() - begun) };
    }),
  /** Reads it until it is held in this process. */
  async hold(id) {
    while (cache.peek(`product:${id}`) === undefined) await find(id);
    return { value: cache.peek(`product:${id}`) };
  },
  change,
  /** Looks until it has the price. */
  async until(id, price) {
    for (let looks = 1; ; looks++) {
      const value = await find(id);
      if (value.price === price) return { value, looks };
      await sleep(1);
    }
  },
  removeByTag: (tag) => cache.removeByTag(tag),
  traffic: (id, ms) =>
    counted(async () => {
      const end = performance.now() + ms;
      let [calls, failed] = [0, 0];
      while (performance.now() < end) {
        calls++;
        await find(id).catch(() => failed++);
        await sleep(1);
      }
      return { calls, failed };
    }),
  async restored() {
    while (!isHeard || owed.size > 0) await sleep(1);
  },
};

process.on('message', async ({ id, what, args }) => {
  try {
    process.send({ id, reply: (await answers[what](...args)) ?? {} });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
process.once('disconnect', () => cache.close());
