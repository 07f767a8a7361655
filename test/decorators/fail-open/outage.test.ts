import { type DistributedCache, decorate, ErrorCode } from 'distributed-cache';
import { createTestCache } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../helpers/tools.js';
import { backendError, failOpen, openBreaker, settle, setUp, text } from './tools.js';

interface Row {
  readonly name: string;
  readonly run: (cache: DistributedCache) => Promise<unknown>;
  readonly gives: unknown;
}

async function collect(keys: AsyncIterable<string> | undefined): Promise<string[]> {
  const all: string[] = [];
  for await (const key of keys ?? []) all.push(key);
  return all;
}

const value = text('v');
const minute = { duration: '1m' } as const;
const rows: readonly Row[] = [
  { name: 'get', run: (cache) => cache.get('k'), gives: undefined },
  { name: 'set', run: (cache) => cache.set('k', value), gives: undefined },
  { name: 'refresh', run: (cache) => cache.refresh('k'), gives: undefined },
  { name: 'remove', run: (cache) => cache.remove('k'), gives: undefined },
  {
    name: 'getMany',
    run: async (cache) => cache.batch?.getMany(['k', 'l', 'k']),
    gives: [undefined, undefined, undefined],
  },
  { name: 'setMany', run: async (cache) => cache.batch?.setMany([{ key: 'k', value }]), gives: undefined },
  { name: 'removeMany', run: async (cache) => cache.batch?.removeMany(['k', 'l']), gives: undefined },
  { name: 'removeByPrefix', run: async (cache) => cache.prefixes?.removeByPrefix('k'), gives: 0 },
  { name: 'keys', run: (cache) => collect(cache.prefixes?.keys('k')), gives: [] },
  { name: 'getOrLease', run: async (cache) => cache.leases?.getOrLease('k', minute), gives: { kind: 'none' } },
  { name: 'commit', run: async (cache) => cache.leases?.commit('k', 'token', value), gives: false },
  { name: 'release', run: async (cache) => cache.leases?.release('k', 'token'), gives: undefined },
];

describe.each(rows)('$name', ({ name, run, gives }) => {
  it('that fails is a miss, and is told', async () => {
    const { cache, cut, told } = setUp();
    cut();
    expect(await run(cache)).toEqual(gives);
    expect(told()[0]).toMatchObject({
      type: 'backendFailed',
      operation: name,
      key: 'k',
      cache: 'failOpen(chaos(memory))',
      error: { code: 'ERR_CHAOS' },
    });
  });

  it('that hangs is a miss by its deadline', async () => {
    const { cache, clock, chaos, told } = setUp({ deadline: 800 });
    chaos.configure({ hang: 1 });
    const calling = run(cache);
    await settle();
    clock.advance(699);
    expect(await outcomeOf(calling)).toBe('pending');
    clock.advance(101);
    expect(await calling).toEqual(gives);
    expect(told()[0]).toMatchObject({ type: 'backendFailed', operation: name, error: { code: ErrorCode.timeout } });
  });

  it('while the backend is skipped is a miss at once, asks nothing, and is not told as a failure', async () => {
    const { cache, cut, chaos, events } = setUp();
    cut();
    await openBreaker(cache);
    const asked = chaos.injected.failBefore;
    events.length = 0;
    const outcome = await outcomeOf(run(cache));
    expect(outcome).toEqual(gives);
    expect(chaos.injected.failBefore).toBe(asked);
    expect(events.filter(({ type }) => type === 'backendFailed')).toEqual([]);
  });

  it('whose backend throws synchronously is a miss', async () => {
    const { cache: memory } = createTestCache();
    const broken = new Proxy(memory, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target);
        const thrower = () => {
          throw new Error('synchronous');
        };
        if (typeof member === 'function') return thrower;
        const isCapability = typeof member === 'object' && member !== null && property !== 'lifecycle';
        return isCapability ? new Proxy(member, { get: () => thrower }) : member;
      },
    });
    // Without the door of the memory cache: a backend of somebody else's.
    const backend: DistributedCache = {
      get: (...all) => broken.get(...all),
      set: (...all) => broken.set(...all),
      refresh: (...all) => broken.refresh(...all),
      remove: (...all) => broken.remove(...all),
      batch: broken.batch,
      prefixes: broken.prefixes,
      leases: broken.leases,
    };
    expect(await run(failOpen(backend))).toEqual(gives);
  });

  it.each([
    ['a programming error', Object.assign(new RangeError('mine'), { code: ErrorCode.invalidExpiration })],
    ['a package that is not there', backendError(ErrorCode.missingDependency)],
  ])('still throws %s, also as the probe', async (_, error) => {
    let given: unknown = error;
    const { cache, cut, pass, typesTold } = setUp({}, (inner) => throwing(inner, () => given));
    await expect(run(cache)).rejects.toBe(error);
    given = undefined;
    cut();
    await openBreaker(cache);
    given = error;
    await pass(1_000);
    await expect(run(cache)).rejects.toBe(error);
    // It was no answer: the breaker is open still, and the next probe is due in an interval.
    expect(await run(cache)).toEqual(gives);
    expect(typesTold()).not.toContain('breakerClosed');
  });

  it('rejects with CacheClosedError after close, also while the backend is skipped', async () => {
    const { cache, cut } = setUp();
    cut();
    await openBreaker(cache);
    await cache.close();
    await expect(run(cache)).rejects.toMatchObject({ code: ErrorCode.cacheClosed });
  });
});

describe('a listing', () => {
  /** A backend whose listing is told when it is left. */
  function listing() {
    const { cache: memory, clock } = createTestCache();
    const told: string[] = [];
    const steps: ((step: IteratorResult<string>) => void)[] = [];
    const keys: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise((resolve) => void steps.push(resolve)),
        return: async () => {
          told.push('return');
          return { done: true, value: undefined };
        },
      }),
    };
    const backend = {
      get: (key: string) => memory.get(key),
      set: (key: string, bytes: Uint8Array) => memory.set(key, bytes),
      refresh: (key: string) => memory.refresh(key),
      remove: (key: string) => memory.remove(key),
      prefixes: { removeByPrefix: async () => 0, keys: () => keys },
    };
    const cache = failOpen(backend, { clock });
    const iterator = cache.prefixes?.keys('')[Symbol.asyncIterator]() as AsyncIterator<string>;
    return { clock, told, steps, iterator };
  }

  it('that its reader leaves is left in the backend, too', async () => {
    const { steps, told, iterator } = listing();
    const step = iterator.next();
    await settle();
    steps.shift()?.({ done: false, value: 'a' });
    expect(await step).toEqual({ done: false, value: 'a' });
    await iterator.return?.();
    expect(told).toEqual(['return']);
  });

  it('that is given up is left as soon as its step comes', async () => {
    const { steps, told, iterator, clock } = listing();
    const step = iterator.next();
    await settle();
    clock.advance(250);
    expect(await step).toEqual({ done: true, value: undefined });
    expect(told).toEqual([]);
    steps.shift()?.({ done: false, value: 'a' });
    await settle();
    expect(told).toEqual(['return']);
  });

  it('gives what it can of a backend that fails in the middle', async () => {
    const { cache, memory, cut } = setUp();
    for (const key of ['a', 'b', 'c']) await memory.set(key, value);
    const listed: string[] = [];
    for await (const key of cache.prefixes?.keys('') ?? []) {
      listed.push(key);
      if (listed.length === 2) cut();
    }
    expect(listed).toHaveLength(2);
  });
});

/** A cache whose every operation fails with what `errorOf` gives, if it gives something. */
function throwing(inner: DistributedCache, errorOf: () => unknown): DistributedCache {
  return decorate(inner, {
    async around(_, next) {
      const error = errorOf();
      if (error !== undefined) throw error;
      return next();
    },
  });
}
