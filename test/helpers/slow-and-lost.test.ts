import { type DistributedCache, decorate, getJson, getOrCreate, type LeaseReply, MemoryCache } from 'distributed-cache';
import { createTestCache } from 'distributed-cache/testing';
import { describe, expect, it, vi } from 'vitest';
import { stepped } from './stepped.js';
import { deferred, outcomeOf, settle } from './tools.js';

const failing = (operation: string, error: Error) =>
  decorate(new MemoryCache(), { around: (each, next) => (each.name === operation ? Promise.reject(error) : next()) });

describe('a factory that takes longer than its lease', () => {
  it('is not run twice in one process', async () => {
    const { cache, clock } = createTestCache();
    const source = deferred<string>();
    const factory = vi.fn(() => source.promise);
    const calls = [getOrCreate(cache, 'k', factory)];
    await settle();
    clock.advance(31_000);
    calls.push(getOrCreate(cache, 'k', factory));
    await settle();
    source.resolve('v');
    expect(await Promise.all(calls)).toEqual(['v', 'v']);
    expect(factory).toHaveBeenCalledTimes(1);
  });

  it('has its value stored, though other keys were loaded meanwhile', async () => {
    const { cache, clock } = createTestCache();
    const source = deferred<string>();
    const call = getOrCreate(cache, 'k', () => source.promise);
    await settle();
    clock.advance(31_000);
    await getOrCreate(cache, 'other', () => 1);
    source.resolve('v');
    await call;
    expect(await getJson(cache, 'k')).toBe('v');
  });
});

describe('an absolute time that has come by the time of storing', () => {
  it('where it depends on the value: the value is given and not stored', async () => {
    const { cache, clock, events } = createTestCache();
    const token = await getOrCreate(cache, 'k', () => ({ expires: clock.now() - 1 }), {
      options: ({ expires }) => ({ absoluteExpiration: new Date(expires) }),
    });
    expect(token.expires).toBe(clock.now() - 1);
    expect(events).toContainEqual({ type: 'rejected', cache: 'memory', key: 'k', reason: 'expired' });
  });

  it('where it comes while the store is under way: the value is given', async () => {
    const { cache: memory, clock, events } = createTestCache();
    const cache = decorate(memory, {
      around: async ({ name }, next) => {
        if (name === 'commit') clock.advance(10);
        return next();
      },
    });
    expect(await getOrCreate(cache, 'k', () => 1, { absoluteExpiration: new Date(clock.now() + 10) })).toBe(1);
    expect(events).toContainEqual({ type: 'rejected', cache: 'memory', key: 'k', reason: 'expired' });
  });
});

describe('a backend that fails with a TypeError of the platform', () => {
  const platform = Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' });

  it('at a commit: the caller has its value', async () => {
    expect(await getOrCreate(failing('commit', platform), 'k', () => 1)).toBe(1);
  });

  it('at a release: the caller has the error of its factory', async () => {
    const call = getOrCreate(failing('release', platform), 'k', () => Promise.reject(new Error('source')));
    await expect(call).rejects.toThrow('source');
  });
});

describe('a backend that hangs', () => {
  it('at a release: the caller has the error of its factory at once', async () => {
    const cache = decorate(new MemoryCache(), {
      around: ({ name }, next) => (name === 'release' ? new Promise(() => {}) : next()),
    });
    const call = getOrCreate(cache, 'k', () => Promise.reject(new Error('source')));
    expect(await outcomeOf(call)).toBe('source');
  });

  it('at a set, without leases: calls that begin later load for themselves', async () => {
    const memory = new MemoryCache();
    let hangs = true;
    const cache: DistributedCache = {
      get: (key) => memory.get(key),
      set: (key, value, options) => (hangs ? new Promise(() => {}) : memory.set(key, value, options)),
      refresh: (key) => memory.refresh(key),
      remove: (key) => memory.remove(key),
    };
    void getOrCreate(cache, 'k', () => 1);
    await settle();
    hangs = false;
    expect(await outcomeOf(getOrCreate(cache, 'k', () => 2))).toBe(2);
  });
});

describe('a grant whose answer is lost', () => {
  it('is given back: the next call does not wait for its deadline', async () => {
    let lose = true;
    const cache = decorate(new MemoryCache(), {
      around: async ({ name }, next) => {
        const result = await next();
        if (name !== 'getOrLease' || !lose) return result;
        lose = false;
        throw new Error('cut');
      },
    });
    await expect(getOrCreate(cache, 'k', () => 1)).rejects.toThrow('cut');
    expect(await outcomeOf(getOrCreate(cache, 'k', () => 2))).toBe(2);
  });

  it('is granted again where the request is repeated', async () => {
    const cache = decorate(new MemoryCache(), {
      around: async ({ name }, next) => {
        if (name === 'getOrLease') await next();
        return next();
      },
    });
    expect(await outcomeOf(getOrCreate(cache, 'k', () => 1))).toBe(1);
  });
});

describe('a backend that can give no lease now', () => {
  it('has calls share a load that is not stored', async () => {
    const memory = new MemoryCache();
    const none: LeaseReply = { kind: 'none' };
    const cache: DistributedCache = {
      get: (key) => memory.get(key),
      set: (key, value) => memory.set(key, value),
      refresh: (key) => memory.refresh(key),
      remove: (key) => memory.remove(key),
      leases: {
        getOrLease: async () => none,
        commit: async () => true,
        release: async () => {},
        replace: async () => false,
      },
    };
    const source = deferred<number>();
    const factory = vi.fn(() => source.promise);
    const calls = [getOrCreate(cache, 'k', factory)];
    await settle();
    calls.push(getOrCreate(cache, 'k', factory));
    await settle();
    source.resolve(1);
    expect(await Promise.all(calls)).toEqual([1, 1]);
    expect(factory).toHaveBeenCalledTimes(1);
    expect(memory.size).toBe(0);
  });
});

describe('a backend that gives the corrupt value again that it was asked to replace', () => {
  it('is asked no more: the value is loaded and given', async () => {
    const memory = new MemoryCache();
    await memory.set('k', new TextEncoder().encode('{"cut'));
    const cache: DistributedCache = {
      get: (key) => memory.get(key),
      set: (key, value) => memory.set(key, value),
      refresh: (key) => memory.refresh(key),
      remove: (key) => memory.remove(key),
      leases: { ...memory.leases, getOrLease: (key, { duration }) => memory.leases.getOrLease(key, { duration }) },
    };
    expect(await outcomeOf(getOrCreate(cache, 'k', () => 'good'))).toBe('good');
  });
});

describe('an answer `own` that comes after a removal and a newer load', () => {
  /** A loads; B is told that A's lease stands; then the key is removed, C loads, and only then B hears its answer. */
  async function overtaken(load: (cache: DistributedCache) => Promise<string>) {
    const steps = stepped();
    const { cache, memory, pass, take } = steps;
    void getOrCreate(cache, 'k', () => new Promise<string>(() => {}));
    await pass('get', 'getOrLease');
    void getOrCreate(cache, 'k', () => 'B');
    await pass('get');
    const question = await take('getOrLease');
    await question.execute();
    await memory.remove('k');
    const newest = getOrCreate(cache, 'k', () => load(cache));
    await pass('get', 'getOrLease');
    question.answer();
    await settle();
    return { ...steps, newest };
  }

  it('leaves the newer load for later calls to share', async () => {
    const source = deferred<string>();
    const { cache, drain, newest } = await overtaken(() => source.promise);
    const factory = vi.fn(() => 'D');
    const later = getOrCreate(cache, 'k', factory);
    await drain();
    source.resolve('C');
    await drain();
    expect(await Promise.all([newest, later])).toEqual(['C', 'C']);
    expect(factory).not.toHaveBeenCalled();
  });

  it('leaves the recursion of the newer load to be found', async () => {
    const go = deferred<void>();
    const { drain, newest } = await overtaken(async (cache) => {
      await go.promise;
      return getOrCreate(cache, 'k', () => 'never');
    });
    go.resolve();
    await drain();
    await expect(newest).rejects.toMatchObject({ code: 'ERR_RECURSIVE_LOAD' });
  });
});

describe('a signal that is handed to many calls', () => {
  it('gets one listener, so that Node warns of no leak, and ends them all', async () => {
    const warnings: unknown[] = [];
    const hear = (warning: unknown) => warnings.push(warning);
    process.on('warning', hear);
    const leaving = new AbortController();
    const cache = new MemoryCache();
    const calls = Array.from({ length: 30 }, () =>
      getOrCreate(cache, 'k', () => new Promise<number>(() => {}), { signal: leaving.signal }),
    );
    await settle();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    expect(warnings).toEqual([]);
    leaving.abort(new Error('all'));
    for (const result of await Promise.allSettled(calls)) expect(result).toMatchObject({ reason: { message: 'all' } });
  });
});
