import { type Clock, HybridCache, type InvalidationSink, MemoryCache } from 'distributed-cache';
import { FakeClock } from 'distributed-cache/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { deferred } from './deferred.js';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const open: HybridCache[] = [];
afterEach(() => Promise.all(open.splice(0).map((cache) => cache.close({ timeout: 1 }))));

/** A cache over a memory cache of whose changes it is told nothing; no timer of it ever comes to its end. */
async function deaf() {
  const time = new FakeClock();
  const clock: Clock = { now: () => time.now(), setTimeout: () => 0, clearTimeout: () => {} };
  const memory = new MemoryCache({ clock: time });
  let sink: InvalidationSink | undefined;
  const distributed = {
    get: memory.get.bind(memory),
    set: memory.set.bind(memory),
    refresh: memory.refresh.bind(memory),
    remove: memory.remove.bind(memory),
    leases: memory.leases,
    timestamps: memory.timestamps,
    invalidations: {
      listen: async (given: InvalidationSink) => {
        sink = given;
        return { [Symbol.asyncDispose]: async () => {} };
      },
      prove: () => new Promise<void>(() => {}),
    },
  };
  const cache = new HybridCache({ distributed, clock });
  open.push(cache);
  await settle();
  (sink as InvalidationSink).up();
  let runs = 0;
  const source = deferred<number>();
  const load = async () => {
    const result = cache.getOrCreate('k', () => {
      runs++;
      return runs === 1 ? source.promise : runs;
    });
    await settle();
    return { result };
  };
  return { cache, memory, time, sink: sink as InvalidationSink, load, source, runs: () => runs };
}

describe('a call', () => {
  it('joins no load past the bound, also where no timer has noticed yet that the bound is over', async () => {
    const { memory, time, load, source, runs } = await deaf();
    const first = await load();
    await memory.remove('k');
    time.advance(4_999);
    const second = await load();
    expect(runs()).toBe(1);
    time.advance(1);
    const third = await load();
    expect(runs()).toBe(2);
    expect(await third.result).toBe(2);
    source.resolve(1);
    expect([await first.result, await second.result]).toEqual([1, 1]);
  });

  it('joins no load that began longer than the bound ago while nothing is heard', async () => {
    const { memory, time, sink, load, source, runs } = await deaf();
    sink.down();
    time.advance(1_000);
    const first = await load();
    await memory.remove('k');
    time.advance(4_999);
    const second = await load();
    expect(runs()).toBe(1);
    time.advance(1);
    const third = await load();
    expect(runs()).toBe(2);
    expect(await third.result).toBe(2);
    source.resolve(1);
    expect([await first.result, await second.result]).toEqual([1, 1]);
  });
});

it('a call does not join a load that an own set has overtaken, with nothing behind this process', async () => {
  const clock = new FakeClock();
  const cache = new HybridCache({ clock });
  open.push(cache);
  const begun = deferred<void>();
  const old = deferred<string>();
  const slow = cache.getOrCreate('k', () => {
    begun.resolve();
    return old.promise;
  });
  await begun.promise;
  await cache.set('k', 'set', { expiration: '1s' });
  clock.advance(1_000);
  const later = cache.getOrCreate('k', () => 'new');
  await new Promise((resolve) => setImmediate(resolve));
  old.resolve('old');
  expect(await slow).toBe('old');
  expect(await later).toBe('new');
  expect(await cache.get('k')).toBe('new');
});
