// One process of a test of several: a HybridCache on the Redis of argv, driven by lines of JSON on stdin, answering on stdout.
// The built package is what it uses: another process has no test runner that knows the sources.
import { createInterface } from 'node:readline';

const [, , url, instanceName, options = '{}', skew = '0'] = process.argv;
// A machine whose clock is wrong by so many ms; its monotonic clock is not.
const rightNow = Date.now;
Date.now = () => rightNow() + Number(skew);
const { HybridCache } = await import('distributed-cache');
const { RedisCache } = await import('distributed-cache/redis');
const distributed = new RedisCache({ connection: url, instanceName });
const cache = new HybridCache({ distributed, ownsDistributed: true, ...JSON.parse(options) });
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const commands = {
  /** So many callers at once on one key. */
  async stampede({ key, callers, ms, fails }) {
    const factory = async () => {
      say({ factory: key });
      await pause(ms);
      if (fails) throw new Error('source');
      return `from ${process.pid}`;
    };
    const calls = Array.from({ length: callers }, () => cache.getOrCreate(key, factory));
    const results = await Promise.allSettled(calls);
    return [
      ...new Set(
        results.map(({ status, value, reason }) => (status === 'fulfilled' ? value : `error ${reason.message}`)),
      ),
    ];
  },
  /** Asks again and again for so many ms. */
  async 'load for'({ key, ms, factoryMs }) {
    const end = performance.now() + ms;
    const factory = async () => {
      say({ factory: key });
      await pause(factoryMs);
      return performance.now();
    };
    let [calls, slow] = [0, 0];
    while (performance.now() < end) {
      const asked = performance.now();
      const loads = cache.stats.misses;
      await cache.getOrCreate(key, factory);
      // One that missed waited for a factory, here or elsewhere.
      if (cache.stats.misses > loads && performance.now() - asked >= factoryMs) slow++;
      calls++;
      await pause(1);
    }
    return { calls, slow };
  },
  get: ({ key }) => cache.get(key),
  peek: ({ key }) => cache.peek(key) ?? null,
  set: ({ key, value, options }) => cache.set(key, value, options),
  load: ({ key, value, options }) => cache.getOrCreate(key, () => value, options),
  removeByTag: ({ tag }) => cache.removeByTag(tag),
  now: () => Date.now(),
  /**
   * Random operations for so many ms, of which so many are writes. What a factory gives is the time at which it began, and so is what
   * is set; `mark` in its lowest digit tells it from those of other processes. `tags` are those of each key. Each caller rests for up to `rest`
   * ms between two operations.
   */
  async history({ ms, keys, seed, writes, mark = 0, tags = {}, expirations = {}, rest = 0 }) {
    let state = seed;
    const random = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) / 2 ** 24;
    };
    const events = [];
    const end = Date.now() + ms;
    // By the machine's monotonic clock, which all processes share.
    const now = () => Number(process.hrtime.bigint() / 1_000n);
    const markedOf = (time) => time * 10 + mark;
    const loop = async () => {
      while (Date.now() < end) {
        if (rest > 0) await pause(random() * rest);
        const key = keys[Math.floor(random() * keys.length)];
        const begun = now();
        const kind = random();
        const options = { tags: tags[key], expiration: expirations[key] };
        if (kind >= writes) {
          const value = await cache.getOrCreate(
            key,
            async () => {
              const started = now();
              await pause(random() * 3);
              return markedOf(started);
            },
            options,
          );
          events.push(['read', key, begun, now(), value]);
          // Hits alone would let no message in.
          if (random() < 0.1) await pause(0);
        } else if (tags[key] !== undefined && kind < writes / 8) {
          const tag = random() < 0.2 ? '*' : tags[key][0];
          await cache.removeByTag(tag);
          events.push(['removeByTag', tag, begun, now()]);
        } else if (kind < writes / 2) {
          await cache.remove(key);
          events.push(['remove', key, begun, now()]);
        } else {
          // What tells it from other values; when it was born is for the checker to say.
          await cache.set(key, markedOf(begun), options);
          events.push(['set', key, begun, now(), markedOf(begun)]);
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, loop));
    return events;
  },
};

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, command, ...args } = JSON.parse(line);
  try {
    say({ id, result: await commands[command](args) });
  } catch (error) {
    say({ id, error: error.message });
  }
});
process.stdin.on('end', () => void cache.close({ timeout: 1 }));
await cache.ready();
say({ ready: true });
