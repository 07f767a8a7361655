import {
  type CacheEvent,
  type DistributedCache,
  decorate,
  getJson,
  getOrCreate,
  LoadTimeoutError,
  MemoryCache,
  NoopCache,
  prefixed,
  setJson,
  withDefaults,
} from 'distributed-cache';
import { createTestCache } from 'distributed-cache/testing';
import { describe, expect, it, vi } from 'vitest';
import { deferred, settle, text, typesOf } from './tools.js';

/** The cache behind wrappers that hide what it can do: a backend without capabilities. */
const plain = (cache: DistributedCache): DistributedCache => ({
  get: (key, options) => cache.get(key, options),
  set: (key, value, options) => cache.set(key, value, options),
  refresh: (key, options) => cache.refresh(key, options),
  remove: (key, options) => cache.remove(key, options),
});

describe('getOrCreate', () => {
  it('runs the factory on a miss, stores what it gives, and serves it until it expires', async () => {
    const { cache, clock } = createTestCache();
    const factory = vi.fn(async ({ key }: { key: string }) => ({ key }));
    const options = { relativeExpiration: '5m' } as const;
    expect(await getOrCreate(cache, 'k', factory, options)).toEqual({ key: 'k' });
    expect(await getOrCreate(cache, 'k', factory, options)).toEqual({ key: 'k' });
    expect(factory).toHaveBeenCalledTimes(1);
    clock.advance(5 * 60_000);
    await getOrCreate(cache, 'k', factory, options);
    expect(factory).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['memory', () => new MemoryCache()],
    ['a backend without leases', () => plain(new MemoryCache())],
    ['no-op', () => new NoopCache()],
  ])('runs one factory for a thousand callers on %s, and all get its value', async (_, create) => {
    const cache = create();
    const source = deferred<number>();
    const factory = vi.fn(() => source.promise);
    const calls = Array.from({ length: 1_000 }, () => getOrCreate(cache, 'k', factory));
    await settle();
    source.resolve(7);
    expect(new Set(await Promise.all(calls))).toEqual(new Set([7]));
    expect(factory).toHaveBeenCalledTimes(1);
  });

  it('shares a load between all wrappers of one backend that mean the same key', async () => {
    const cache = new MemoryCache();
    const source = deferred<string>();
    const factory = vi.fn(() => source.promise);
    const calls = [
      getOrCreate(prefixed(cache, 'u:'), '1', factory),
      getOrCreate(prefixed(cache, 'u:'), '1', factory),
      getOrCreate(withDefaults(prefixed(cache, 'u'), { relativeExpiration: '1m' }), ':1', factory),
      getOrCreate(cache, 'u:1', factory),
    ];
    await settle();
    const late = getOrCreate(decorate(cache), 'u:1', factory);
    source.resolve('x');
    expect(await Promise.all([...calls, late])).toEqual(['x', 'x', 'x', 'x', 'x']);
    expect(factory).toHaveBeenCalledTimes(1);
  });

  it('keeps backends apart that hold the same key', async () => {
    const factory = vi.fn(async () => 1);
    await Promise.all([getOrCreate(new MemoryCache(), 'k', factory), getOrCreate(new MemoryCache(), 'k', factory)]);
    expect(factory).toHaveBeenCalledTimes(2);
  });

  it('keeps no trace of a load that is over', async () => {
    const cache = new MemoryCache();
    for (let round = 1; round <= 3; round++) {
      expect(await getOrCreate(cache, 'k', () => round)).toBe(round);
      await cache.remove('k');
    }
  });

  it('gives on a miss what a hit will give', async () => {
    const cache = new MemoryCache();
    const factory = () => ({ at: new Date(0) as unknown, gone: undefined });
    const miss = await getOrCreate(cache, 'k', factory);
    expect(miss).toEqual(await getOrCreate(cache, 'k', factory));
    expect(miss.at).toBe('1970-01-01T00:00:00.000Z');
  });

  it('takes the expiration from the value where options is a function', async () => {
    const { cache, clock } = createTestCache();
    const options = (value: { ttl: number } | null) => (value ? { relativeExpiration: value.ttl } : undefined);
    await getOrCreate(cache, 'short', () => ({ ttl: 10 }), { options, relativeExpiration: '1h' });
    await getOrCreate<{ ttl: number } | null>(cache, 'null', () => null, {
      options,
      relativeExpiration: 20,
      cacheNull: true,
    });
    clock.advance(10);
    expect(await cache.get('short')).toBeUndefined();
    expect(await cache.get('null')).toEqual(text('null'));
    clock.advance(10);
    expect(await cache.get('null')).toBeUndefined();
  });

  it('never stores undefined, and null only when cacheNull says so', async () => {
    const cache = new MemoryCache();
    expect(await getOrCreate(cache, 'u', () => undefined, { cacheNull: true })).toBeUndefined();
    expect(await getOrCreate(cache, 'n', () => null)).toBeNull();
    expect(cache.size).toBe(0);
    const factory = vi.fn(() => null);
    await getOrCreate(cache, 'n', factory, { cacheNull: true });
    expect(await getOrCreate(cache, 'n', factory, { cacheNull: true })).toBeNull();
    expect(factory).toHaveBeenCalledTimes(1);
  });

  describe('errors', () => {
    it('are shared by all callers of the load, and the next call loads again', async () => {
      const cache = new MemoryCache();
      const source = deferred<number>();
      const calls = Array.from({ length: 5 }, () => getOrCreate(cache, 'k', () => source.promise));
      await settle();
      const error = new Error('source is down');
      source.reject(error);
      for (const result of await Promise.allSettled(calls))
        expect(result).toEqual({ status: 'rejected', reason: error });
      expect(await getOrCreate(cache, 'k', () => 1)).toBe(1);
    });

    it('of a factory that throws synchronously are rejections', async () => {
      const error = new Error('thrown');
      const call = getOrCreate(new MemoryCache(), 'k', () => {
        throw error;
      });
      await expect(call).rejects.toBe(error);
    });

    it('of arguments reject, before the factory runs', async () => {
      const cache = new MemoryCache();
      const factory = vi.fn(() => 1);
      await expect(getOrCreate(cache, 1 as never, factory)).rejects.toMatchObject({ code: 'ERR_INVALID_KEY' });
      await expect(getOrCreate(cache, 'k', 1 as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      await expect(getOrCreate(cache, 'k', factory, null as never)).rejects.toMatchObject({
        code: 'ERR_INVALID_OPTION',
      });
      for (const options of [
        { relativeExpiration: 0 },
        { absoluteExpiration: new Date(0) },
        { timeout: -1 },
        { leaseDuration: '11m' as const },
      ]) {
        await expect(getOrCreate(cache, 'k', factory, options)).rejects.toBeInstanceOf(RangeError);
      }
      expect(factory).not.toHaveBeenCalled();
    });

    it('of a value that cannot be serialized name the path, store nothing and free the key', async () => {
      const cache = new MemoryCache();
      const call = getOrCreate(cache, 'k', () => ({ items: [{ id: 1n }] }));
      await expect(call).rejects.toMatchObject({
        code: 'ERR_NOT_SERIALIZABLE',
        message: expect.stringContaining('$.items[0].id'),
      });
      expect(await getOrCreate(cache, 'k', () => 2)).toBe(2);
    });

    it('of options that depend on the value reject and free the key', async () => {
      const cache = new MemoryCache();
      const call = getOrCreate(cache, 'k', () => 1, { options: () => ({ relativeExpiration: -1 }) });
      await expect(call).rejects.toMatchObject({ code: 'ERR_INVALID_DURATION' });
      expect(await getOrCreate(cache, 'k', () => 2)).toBe(2);
    });

    it('of storing are events: the caller gets its value', async () => {
      const events: CacheEvent[] = [];
      const failing = new Error('down');
      const around = <Result>(operation: { name: string }, next: () => Promise<Result>) =>
        operation.name === 'commit' || operation.name === 'set' ? Promise.reject(failing) : next();
      const leased = decorate(new MemoryCache(), { around });
      const onEvent = (event: CacheEvent) => events.push(event);
      expect(await getOrCreate(leased, 'k', () => 1, { onEvent })).toBe(1);
      expect(await getOrCreate(plain(leased), 'p', () => 2, { onEvent })).toBe(2);
      expect(events.filter((event) => event.type === 'backendFailed')).toMatchObject([
        { key: 'k', operation: 'store', error: failing },
        { key: 'p', operation: 'store', error: failing },
      ]);
    });

    it('of reading reject', async () => {
      const broken = decorate(new MemoryCache(), { around: () => Promise.reject(new Error('down')) });
      await expect(getOrCreate(broken, 'k', () => 1)).rejects.toThrow('down');
    });
  });

  describe('abort and timeout', () => {
    it('rejects with the reason and no effect where the signal is aborted already', async () => {
      const factory = vi.fn(() => 1);
      const signal = AbortSignal.abort(new Error('gone'));
      await expect(getOrCreate(new MemoryCache(), 'k', factory, { signal })).rejects.toThrow('gone');
      await expect(getOrCreate(new MemoryCache(), 'k', factory, { signal, timeout: 5 })).rejects.toThrow('gone');
      expect(factory).not.toHaveBeenCalled();
    });

    it('of one caller leaves the load to the others', async () => {
      const cache = new MemoryCache();
      const source = deferred<number>();
      const leaving = new AbortController();
      let seen: AbortSignal | undefined;
      const first = getOrCreate(
        cache,
        'k',
        ({ signal }) => {
          seen = signal;
          return source.promise;
        },
        { signal: leaving.signal },
      );
      await settle();
      const second = getOrCreate(cache, 'k', () => -1, { signal: new AbortController().signal });
      const third = getOrCreate(cache, 'k', () => -1);
      await settle();
      leaving.abort(new Error('first left'));
      await expect(first).rejects.toThrow('first left');
      expect(seen?.aborted).toBe(false);
      source.resolve(1);
      expect(await Promise.all([second, third])).toEqual([1, 1]);
      expect(await getJson(cache, 'k')).toBe(1);
    });

    it('of the last caller aborts the factory, frees the key, and drops what comes late', async () => {
      const cache = new MemoryCache();
      const source = deferred<number>();
      const leaving = [new AbortController(), new AbortController()];
      let seen: AbortSignal | undefined;
      const calls = leaving.map(({ signal }) =>
        getOrCreate(
          cache,
          'k',
          (context) => {
            seen = context.signal;
            return source.promise;
          },
          { signal },
        ),
      );
      await settle();
      leaving[0]?.abort(new Error('one'));
      leaving[1]?.abort(new Error('two'));
      await expect(calls[0]).rejects.toThrow('one');
      await expect(calls[1]).rejects.toThrow('two');
      expect(seen?.aborted).toBe(true);
      expect(seen?.reason).toMatchObject({ message: 'two' });
      await settle();
      expect(await getOrCreate(cache, 'k', () => 'fresh')).toBe('fresh');
      source.resolve(0);
      await settle();
      expect(await getJson(cache, 'k')).toBe('fresh');
    });

    it('a timeout ends the wait of its caller alone', async () => {
      const { cache, clock } = createTestCache();
      const source = deferred<number>();
      const patient = getOrCreate(cache, 'k', () => source.promise);
      const hasty = getOrCreate(cache, 'k', () => -1, { timeout: '1s' });
      await settle();
      clock.advance(999);
      await settle();
      clock.advance(1);
      await expect(hasty).rejects.toBeInstanceOf(LoadTimeoutError);
      await expect(hasty).rejects.toMatchObject({
        code: 'ERR_LOAD_TIMEOUT',
        message: expect.stringContaining('1000 ms'),
      });
      source.resolve(1);
      expect(await patient).toBe(1);
      expect(clock.pending).toBe(0);
    });

    it('a factory that hangs holds nobody past the timeout', async () => {
      const { cache, clock } = createTestCache();
      const call = getOrCreate(cache, 'k', () => new Promise<never>(() => {}), { timeout: 10 });
      await settle();
      clock.advance(10);
      await expect(call).rejects.toMatchObject({ code: 'ERR_LOAD_TIMEOUT' });
      await settle();
      expect(await getOrCreate(cache, 'k', () => 1)).toBe(1);
    });

    it('rejects at once where the backend hangs', async () => {
      const hanging = decorate(new MemoryCache(), { around: () => new Promise<never>(() => {}) });
      const leaving = new AbortController();
      const call = getOrCreate(hanging, 'k', () => 1, { signal: leaving.signal });
      leaving.abort(new Error('enough'));
      await expect(call).rejects.toThrow('enough');
    });
  });

  describe('a load and the changes of its key', () => {
    const changes: [string, (cache: MemoryCache) => Promise<unknown>, string | undefined][] = [
      ['remove', (cache) => cache.remove('u:1'), undefined],
      ['set', (cache) => setJson(cache, 'u:1', 'set'), 'set'],
      ['removeByPrefix', (cache) => cache.prefixes.removeByPrefix('u'), undefined],
      ['removeMany', (cache) => cache.batch.removeMany(['u:1']), undefined],
      ['setMany', (cache) => cache.batch.setMany([{ key: 'u:1', value: text('"set"') }]), 'set'],
      ['clear', (cache) => cache.clear(), undefined],
      ['remove through a wrapper', (cache) => prefixed(cache, 'u').remove(':1'), undefined],
    ];

    it.each(changes)(
      '%s while the factory runs: its callers get the value, and it is not stored',
      async (_, change, left) => {
        const { cache, events } = createTestCache();
        const source = deferred<string>();
        const call = getOrCreate(prefixed(cache, 'u:'), '1', () => source.promise);
        await settle();
        await change(cache);
        source.resolve('loaded before');
        expect(await call).toBe('loaded before');
        expect(await getJson(cache, 'u:1')).toBe(left);
        expect(events).toContainEqual({ type: 'rejected', cache: 'memory', key: 'u:1', reason: 'refused' });
      },
    );

    it.each(changes)(
      '%s while the factory runs: a call that begins after it does not get the older value',
      async (_, change, left) => {
        const cache = new MemoryCache();
        const source = deferred<string>();
        const before = getOrCreate(cache, 'u:1', () => source.promise);
        await settle();
        await change(cache);
        const after = getOrCreate(cache, 'u:1', () => 'loaded after');
        await settle();
        source.resolve('loaded before');
        expect(await before).toBe('loaded before');
        expect(await after).toBe(left ?? 'loaded after');
        expect(await getJson(cache, 'u:1')).toBe(left ?? 'loaded after');
      },
    );

    it('a call that begins later, with nothing changed between, shares the load', async () => {
      const { cache, events } = createTestCache();
      const source = deferred<number>();
      const factory = vi.fn(() => source.promise);
      const calls = [getOrCreate(cache, 'k', factory)];
      for (let i = 0; i < 5; i++) {
        await settle();
        calls.push(getOrCreate(cache, 'k', factory), getOrCreate(cache, 'k', factory));
      }
      await settle();
      source.resolve(1);
      expect(new Set(await Promise.all(calls))).toEqual(new Set([1]));
      expect(factory).toHaveBeenCalledTimes(1);
      expect(typesOf(events).filter((type) => type === 'flightJoined').length).toBeGreaterThan(0);
    });

    it('an abort by all later callers leaves the load to the first', async () => {
      const cache = new MemoryCache();
      const source = deferred<number>();
      const first = getOrCreate(cache, 'k', () => source.promise);
      await settle();
      const leaving = new AbortController();
      const later = getOrCreate(cache, 'k', () => -1, { signal: leaving.signal });
      await settle();
      leaving.abort(new Error('left'));
      await expect(later).rejects.toThrow('left');
      source.resolve(1);
      expect(await first).toBe(1);
    });

    it('close while the factory runs: its callers get the value', async () => {
      const { cache, events } = createTestCache();
      const source = deferred<number>();
      const call = getOrCreate(cache, 'k', () => source.promise);
      await settle();
      await cache.close();
      source.resolve(1);
      expect(await call).toBe(1);
      expect(typesOf(events)).not.toContain('backendFailed');
      await expect(getOrCreate(cache, 'k', () => 2)).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' });
    });

    it('an absolute time that comes while the factory runs: the value is given and not stored', async () => {
      const { cache, clock, events } = createTestCache();
      const source = deferred<number>();
      const call = getOrCreate(cache, 'k', () => source.promise, { absoluteExpiration: new Date(clock.now() + 10) });
      await settle();
      clock.advance(10);
      source.resolve(1);
      expect(await call).toBe(1);
      expect(cache.size).toBe(0);
      expect(events).toContainEqual({ type: 'rejected', cache: 'memory', key: 'k', reason: 'expired' });
    });
  });

  describe('beside a loader that this process cannot see', () => {
    it('waits for its value and runs no factory', async () => {
      const { cache, clock } = createTestCache();
      const other = await cache.leases.getOrLease('k', { duration: '30s' });
      if (other.kind !== 'lease') throw new Error(`expected a lease, got ${other.kind}`);
      const factory = vi.fn(() => 'mine');
      const calls = [getOrCreate(cache, 'k', factory), getOrCreate(cache, 'k', factory)];
      await settle();
      calls.push(getOrCreate(cache, 'k', factory));
      await settle();
      await cache.leases.commit('k', other.token, text('"theirs"'));
      clock.advance(250);
      await settle();
      expect(await Promise.all(calls)).toEqual(['theirs', 'theirs', 'theirs']);
      expect(factory).not.toHaveBeenCalled();
    });

    it('loads itself soon after the other gave up, and at the lease’s deadline where the other died', async () => {
      const { cache, clock } = createTestCache();
      const failing = await cache.leases.getOrLease('failing', { duration: '30s' });
      await cache.leases.getOrLease('dead', { duration: 5 });
      const calls = [getOrCreate(cache, 'failing', () => 1), getOrCreate(cache, 'dead', () => 2)];
      await settle();
      await cache.leases.release('failing', failing.kind === 'lease' ? failing.token : '');
      clock.advance(5);
      await settle();
      clock.advance(5);
      expect(await Promise.all(calls)).toEqual([1, 2]);
    });

    it('stops to wait when its caller leaves, and leaves no timer', async () => {
      const { cache, clock } = createTestCache();
      await cache.leases.getOrLease('k', { duration: '30s' });
      const leaving = new AbortController();
      const call = getOrCreate(cache, 'k', () => 1, { signal: leaving.signal });
      await settle();
      expect(clock.pending).toBe(1);
      leaving.abort(new Error('left'));
      await expect(call).rejects.toThrow('left');
      expect(clock.pending).toBe(0);
    });
  });
});
