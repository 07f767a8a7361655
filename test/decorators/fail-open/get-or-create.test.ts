import { decorate, getOrCreate, getString, prefixed, setString } from 'distributed-cache';
import { ChaosCache, type ChaosFaults, createTestCache } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';
import { doorOf } from '../../../src/core/door.js';
import { failOpen, openBreaker, settle, setUp, text } from './tools.js';

const outages: Record<string, ChaosFaults> = {
  'fails before': { failBefore: 1 },
  'fails after': { failAfter: 1 },
  hangs: { hang: 1 },
  'answers late': { delay: { probability: 1, ms: 5_000 } },
  'fails now and then': {
    failBefore: 0.3,
    failAfter: 0.3,
    hang: 0.2,
    duplicate: 0.2,
    delay: { probability: 0.5, ms: [1, 900] },
  },
};

describe.each(Object.entries(outages))('getOrCreate on a backend that %s', (name, faults) => {
  // Where it answers the read and not the lease it takes two.
  const most = name === 'fails now and then' ? 500 : 250;
  it(`never throws, gives the value of the factory, and takes ${most} ms at most`, async () => {
    const { cache, chaos, clock } = setUp();
    chaos.configure(faults);
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    let slowest = 0;
    for (let i = 0; i < 200; i++) {
      const started = clock.now();
      let value: unknown;
      const calling = getOrCreate(cache, `k${i}`, () => i).then((result) => {
        value = result;
      });
      for (await settle(); value === undefined; await settle()) {
        clock.advance(10);
        expect(clock.now() - started).toBeLessThan(10_000);
      }
      await calling;
      expect(value).toBe(i);
      slowest = Math.max(slowest, clock.now() - started);
    }
    expect(slowest).toBeLessThanOrEqual(most);
    clock.advance(60_000);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onUnhandled);
    expect(unhandled).toEqual([]);
  });
});

describe('getOrCreate', () => {
  it('asks for a lease again as soon as anything was answered', async () => {
    const { cache, memory, chaos, clock } = setUp();
    chaos.configure({ hang: 1 });
    const hung = getOrCreate(cache, 'k', () => 1);
    await settle();
    clock.advance(250);
    expect(await hung).toBe(1);
    chaos.configure({ hang: 0 });
    expect(await cache.leases?.getOrLease('other', { duration: 1_000 })).toEqual({ kind: 'none' });
    // Its read is answered, so what it loads is stored.
    expect(await getOrCreate(cache, 'k', () => 2)).toBe(2);
    expect(await memory.get('k')).toEqual(text('2'));
    expect(await cache.leases?.getOrLease('other', { duration: 1_000 })).toMatchObject({ kind: 'lease' });
  });

  it('is at work with the backend again within an interval of its return', async () => {
    const { cache, memory, cut, restore, clock } = setUp();
    cut();
    await openBreaker(cache);
    restore();
    clock.advance(1_000);
    expect(await getOrCreate(cache, 'k', () => 1)).toBe(1);
    expect(await getOrCreate(cache, 'k', () => 2)).toBe(1);
    expect(await memory.get('k')).toEqual(text('1'));
  });

  it('reads nothing of a key that is hidden, through whichever view', async () => {
    const { cache, memory, cut, restore, pass } = setUp();
    await setString(memory, 'u:k', '"old"');
    cut();
    await cache.remove('u:k');
    restore();
    const users = prefixed(cache, 'u:');
    expect(await getOrCreate(users, 'k', () => 'new')).toBe('new');
    expect(await getString(users, 'k')).toBeUndefined();
    // Nothing is stored until the removal was made up for.
    expect(await getOrCreate(users, 'k', () => 'newer')).toBe('newer');
    await pass(1_000);
    expect(await getOrCreate(users, 'k', () => 'newest')).toBe('newest');
    expect(await getOrCreate(users, 'k', () => 'never')).toBe('newest');
  });

  it('borrows what it reads, as helpers do on the backend itself', async () => {
    const { cache: memory } = createTestCache();
    const cache = failOpen(memory);
    await cache.set('k', text('1'));
    const { read } = doorOf(cache);
    expect(await read('k')).toBe(await doorOf(memory).read('k'));
  });

  it('on a backend without leases remembers what could not be stored', async () => {
    const { cache: memory, clock } = createTestCache();
    const chaos = new ChaosCache(memory, { clock });
    const cache = failOpen(
      {
        get: chaos.get.bind(chaos),
        set: chaos.set.bind(chaos),
        refresh: chaos.refresh.bind(chaos),
        remove: chaos.remove.bind(chaos),
      },
      { clock },
    );
    chaos.configure({ failBefore: 1 });
    expect(await getOrCreate(cache, 'k', () => 1)).toBe(1);
    await memory.set('k', text('0'));
    chaos.configure({ failBefore: 0 });
    expect(await cache.get('k')).toBeUndefined();
  });

  it('is told by the listeners of the caches below, in their own names', async () => {
    const { cache: memory, events } = createTestCache();
    const broken = decorate(memory, { name: 'broken', around: () => Promise.reject(new Error('down')) });
    await getOrCreate(failOpen(broken), 'k', () => 1);
    expect(events).toContainEqual(expect.objectContaining({ type: 'backendFailed', cache: 'memory', key: 'k' }));
  });
});
