import { BatchError, type DistributedCache, decorate, ErrorCode } from 'distributed-cache';
import { createTestCache } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';
import { type BackendState, doorKey, doorOf } from '../../../src/core/door.js';
import { backendError, failOpen, gated, openBreaker, settle, setUp, text, unavailable } from './tools.js';

describe('the breaker', () => {
  it('opens after five failures in ten seconds, and tells the last of them', async () => {
    const { cache, cut, chaos, told, typesTold } = setUp();
    cut();
    for (let i = 0; i < 4; i++) await cache.get('k');
    expect(typesTold()).not.toContain('breakerOpened');
    await cache.get('k');
    const failed = told()
      .filter(({ type }) => type === 'backendFailed')
      .at(-1);
    expect(told().at(-1)).toEqual({
      type: 'breakerOpened',
      cache: 'failOpen(chaos(memory))',
      error: failed && 'error' in failed && failed.error,
    });
    await cache.get('k');
    expect(chaos.injected.failBefore).toBe(5);
  });

  it('forgets failures that are further apart', async () => {
    const { cache, cut, clock, typesTold } = setUp();
    cut();
    for (let i = 0; i < 20; i++) {
      await cache.get('k');
      clock.advance(2_501);
    }
    expect(typesTold()).not.toContain('breakerOpened');
    for (let i = 0; i < 2; i++) await cache.get('k');
    clock.advance(2_000);
    for (let i = 0; i < 3; i++) await cache.get('k');
    expect(typesTold()).toContain('breakerOpened');
  });

  it('sends one probe an interval, and closes on its answer, within one interval of the return', async () => {
    const { cache, memory, cut, restore, clock, chaos, told, get } = setUp();
    await memory.set('k', text('v'));
    cut();
    await openBreaker(cache);
    for (let second = 1; second <= 3; second++) {
      clock.advance(999);
      await get('k');
      expect(chaos.injected.failBefore).toBe(4 + second);
      clock.advance(1);
      for (let i = 0; i < 10; i++) await get('k');
      expect(chaos.injected.failBefore).toBe(5 + second);
    }
    restore();
    clock.advance(1_000);
    expect(await get('k')).toBe('v');
    expect(await get('k')).toBe('v');
    expect(told().at(-1)).toEqual({ type: 'breakerClosed', cache: 'failOpen(chaos(memory))', openMs: 4_000 });
  });

  it('lets exactly one call through as the probe while it is in flight', async () => {
    const { cache, steps, clock, take, get, memory } = gated();
    await memory.set('k', text('v'));
    const failing = Array.from({ length: 5 }, () => cache.get('k'));
    for (let i = 0; i < 5; i++) await (await take('get')).fail();
    await Promise.all(failing);
    clock.advance(1_000);
    const probing = get('k');
    const skipped = await Promise.all([get('k'), get('k'), cache.batch?.getMany(['k']), cache.set('l', text('w'))]);
    expect(skipped).toEqual([undefined, undefined, [undefined], undefined]);
    expect(steps.map(({ name }) => name)).toEqual(['get']);
    await (await take('get')).answer();
    expect(await probing).toBe('v');
  });

  it('sends no second probe beside one that takes longer than the interval', async () => {
    const { cache, steps, clock, take, get } = gated({ deadline: '10s', breaker: { failures: 1 } });
    const failing = cache.get('k');
    await (await take('get')).fail();
    await failing;
    clock.advance(1_000);
    const probing = get('k');
    const probe = await take('get');
    for (let i = 0; i < 5; i++) {
      clock.advance(1_000);
      expect(await get('k')).toBeUndefined();
    }
    expect(steps).toEqual([]);
    await probe.fail();
    await probing;
    // The interval has passed since it was sent.
    void get('k');
    await (await take('get')).answer();
  });

  it('waits another interval after a probe that failed, hung, or was aborted', async () => {
    const { cache, clock, chaos, cut, restore } = setUp();
    cut();
    await openBreaker(cache);
    clock.advance(1_000);
    await cache.get('k');
    expect(chaos.injected.failBefore).toBe(6);
    await cache.get('k');
    expect(chaos.injected.failBefore).toBe(6);

    chaos.configure({ failBefore: 0, hang: 1 });
    clock.advance(1_000);
    const hanging = cache.get('k');
    await settle();
    clock.advance(250);
    expect(await hanging).toBeUndefined();
    await cache.get('k');
    expect(chaos.injected.hang).toBe(1);
    // The interval is counted from the sending of the probe, so that a return is never found later than an interval.
    clock.advance(750);
    const controller = new AbortController();
    const aborted = cache.get('k', { signal: controller.signal });
    controller.abort(new Error('left'));
    await expect(aborted).rejects.toThrow('left');
    expect(chaos.injected.hang).toBe(2);
    await cache.get('k');
    expect(chaos.injected.hang).toBe(2);

    restore();
    clock.advance(1_000);
    await cache.set('k', text('v'));
    expect(await cache.get('k')).toEqual(text('v'));
  });

  it('does not open for failures of calls that began before it opened and closed', async () => {
    const { cache, clock, take, events } = gated({ deadline: '1h', breaker: { within: '1h' } });
    const old = Array.from({ length: 10 }, () => cache.get('k'));
    for (let i = 0; i < 5; i++) await (await take('get')).fail();
    const opened = () => events.filter(({ type }) => type === 'breakerOpened').length;
    expect(opened()).toBe(1);
    clock.advance(1_000);
    // The old ones wait before it.
    const last = [await take('get'), await take('get'), await take('get'), await take('get'), await take('get')];
    const probing = cache.get('k');
    await (await take('get')).answer();
    await probing;
    for (const step of last) await step.fail();
    await Promise.all(old);
    expect(opened()).toBe(1);
  });

  it('is not held open by a clock that was set back', async () => {
    const { cache: memory, clock } = createTestCache();
    let back = 0;
    const cache = failOpen(
      decorate(memory, { around: async (_, next) => (back === 0 ? Promise.reject(new Error('down')) : next()) }),
      { clock: { ...methodsOf(clock), now: () => clock.now() - back } },
    );
    await memory.set('k', text('v'));
    await openBreaker(cache);
    back = 3_600_000;
    expect(await cache.get('k')).toEqual(text('v'));
  });

  it('can be set', async () => {
    const { cache, cut, clock, chaos } = setUp({ breaker: { failures: 1, within: 1, probeInterval: '1m' } });
    cut();
    await cache.get('k');
    clock.advance(59_999);
    await cache.get('k');
    expect(chaos.injected.failBefore).toBe(1);
    clock.advance(1);
    await cache.get('k');
    expect(chaos.injected.failBefore).toBe(2);
  });

  it('is not asked by a batch of nothing, which no backend is asked for', async () => {
    const { cache, cut, restore, clock, typesTold } = setUp();
    cut();
    await openBreaker(cache);
    restore();
    clock.advance(1_000);
    expect(await cache.batch?.getMany([])).toEqual([]);
    await cache.batch?.setMany([]);
    await cache.batch?.removeMany([]);
    expect(typesTold()).not.toContain('breakerClosed');
  });
});

const methodsOf = (clock: ReturnType<typeof createTestCache>['clock']) => ({
  now: () => clock.now(),
  setTimeout: (run: () => void, ms: number) => clock.setTimeout(run, ms),
  clearTimeout: (timer: unknown) => clock.clearTimeout(timer),
});

/** A fail-open cache whose backend fails as the test says. */
function failing(options = {}) {
  const { cache: memory, clock } = createTestCache();
  const state: { error: unknown; failed: number } = { error: undefined, failed: 0 };
  const backend = decorate(memory, {
    async around(_, next) {
      if (state.error === undefined) return next();
      state.failed++;
      throw state.error;
    },
  });
  const types: string[] = [];
  const cache = failOpen(backend, { ...options, onEvent: ({ type }) => void types.push(type) });
  return { memory, clock, cache, types, state };
}

describe('what counts', () => {
  it.each([
    ErrorCode.timeout,
    ErrorCode.backendUnavailable,
    ErrorCode.backendLoading,
    ErrorCode.backendBusy,
    ErrorCode.backendUnauthorized,
    'ERR_OF_SOMEBODY_ELSE' as ErrorCode,
  ])('%s says that the backend is down', async (code) => {
    const { cache, state, types } = failing();
    state.error = backendError(code);
    await openBreaker(cache);
    expect(types).toContain('breakerOpened');
  });

  it('an error that we know nothing of does, too', async () => {
    const { cache, state, types } = failing();
    for (const error of [new Error('x'), new TypeError('x'), Object.assign(new TypeError('x'), { code: 'ERR_X' }), 5]) {
      state.error = error;
      await cache.get('k');
    }
    await cache.get('k');
    expect(types).toContain('breakerOpened');
  });

  it.each([
    ErrorCode.backendReadOnly,
    ErrorCode.backendOutOfMemory,
    ErrorCode.backendForbidden,
    ErrorCode.backendFailed,
    ErrorCode.corruptEntry,
  ])('%s is an answer: it opens nothing, and as that of a probe it closes', async (code) => {
    const { cache, state, types, clock } = failing();
    state.error = backendError(code);
    for (let i = 0; i < 20; i++) await cache.set('k', text('v'));
    expect(types).not.toContain('breakerOpened');
    state.error = new Error('down');
    await openBreaker(cache);
    expect(types).toContain('breakerOpened');
    state.error = backendError(code);
    clock.advance(1_000);
    await settle();
    await cache.set('k', text('v'));
    expect(types).toContain('breakerClosed');
  });

  it.each([ErrorCode.backendReadOnly, ErrorCode.backendOutOfMemory])('%s to a read is no answer', async (code) => {
    const { cache, state, types } = failing();
    state.error = backendError(code);
    await openBreaker(cache);
    expect(types).toContain('breakerOpened');
  });

  it('reads go on while the backend takes no writes', async () => {
    const { cache: memory } = createTestCache();
    const backend = decorate(memory, {
      around: async ({ name }, next) => {
        if (name === 'set') throw backendError(ErrorCode.backendReadOnly);
        return next();
      },
    });
    await memory.set('k', text('v'));
    const cache = failOpen(backend);
    for (let i = 0; i < 20; i++) await cache.set('other', text('w'));
    expect(await cache.get('k')).toEqual(text('v'));
  });

  it('a batch counts where all of it failed for such a reason', async () => {
    const failures = (...codes: (ErrorCode | undefined)[]) =>
      new BatchError(
        codes.flatMap((code, index) => (code ? [{ index, key: `${index}`, error: backendError(code) }] : [])),
        codes.length,
      );
    const remove = async (error: unknown) => {
      const { cache, state, types } = failing();
      state.error = error;
      for (let i = 0; i < 5; i++) await cache.batch?.removeMany(['0', '1']);
      return types.includes('breakerOpened');
    };
    expect(await remove(failures(ErrorCode.timeout, ErrorCode.backendUnavailable))).toBe(true);
    expect(await remove(failures(ErrorCode.timeout, ErrorCode.backendReadOnly))).toBe(false);
    expect(await remove(failures(ErrorCode.timeout, undefined))).toBe(false);
  });

  it('a scan that takes longer than the deadline does not, a scan that fails does', async () => {
    const { cache, state, types } = failing();
    const scan = async () => {
      await cache.prefixes?.removeByPrefix('p');
      for await (const _ of cache.prefixes?.keys('q') ?? []);
    };
    state.error = backendError(ErrorCode.timeout);
    for (let i = 0; i < 5; i++) await scan();
    expect(types).not.toContain('breakerOpened');
    state.error = unavailable();
    for (let i = 0; i < 5; i++) await scan();
    expect(types).toContain('breakerOpened');
  });

  it('what its caller aborted does not, unless it was given up at its deadline all the same', async () => {
    const { cache: memory, clock } = createTestCache();
    const types: string[] = [];
    // It heeds no signal, as a backend of somebody else's may.
    const deaf = new Proxy(memory, { get: () => () => new Promise(() => {}) });
    const backend: DistributedCache = { get: deaf.get, set: deaf.set, refresh: deaf.refresh, remove: deaf.remove };
    const cache = failOpen(backend, { clock, onEvent: ({ type }) => void types.push(type) });
    const abort = async () => {
      const controller = new AbortController();
      const calling = cache.get('k', { signal: controller.signal });
      controller.abort(new Error('left'));
      await expect(calling).rejects.toThrow('left');
    };
    const opened = () => types.includes('breakerOpened');
    for (let i = 0; i < 5; i++) await abort();
    expect(opened()).toBe(false);
    clock.advance(250);
    expect(opened()).toBe(true);
  });
});

describe('a backend that knows its state', () => {
  /** A memory cache that says how it can be reached. */
  function stateful() {
    const tools = failing();
    const asked: string[] = [];
    let state: BackendState = 'connecting';
    const inner = decorate(tools.memory, {
      around: async ({ name }, next) => {
        asked.push(name);
        if (state !== 'up') await new Promise(() => {});
        return next();
      },
    });
    const door = { ...doorOf(inner), state: () => state };
    const backend = new Proxy(inner, {
      get(target, property) {
        if (property === doorKey) return door;
        const member: unknown = Reflect.get(target, property, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const types: string[] = [];
    const cache = failOpen(backend as DistributedCache, { onEvent: ({ type }) => void types.push(type) });
    return {
      ...tools,
      cache,
      types,
      asked,
      be: (next: BackendState) => {
        state = next;
      },
    };
  }

  it('is waited for until the deadline while it is connected to for the first time, which does not count', async () => {
    const { cache, clock, types, asked } = stateful();
    for (let i = 0; i < 10; i++) {
      const calling = cache.get('k');
      await settle();
      clock.advance(250);
      expect(await calling).toBeUndefined();
    }
    expect(asked).toHaveLength(10);
    expect(types).not.toContain('breakerOpened');
  });

  it('is not asked while it is down, which counts, and used again within an interval of its return', async () => {
    const { cache, memory, clock, types, asked, be } = stateful();
    await memory.set('k', text('v'));
    be('down');
    for (let i = 0; i < 4; i++) expect(await cache.get('k')).toBeUndefined();
    expect(types.filter((type) => type === 'backendFailed')).toHaveLength(4);
    expect(types).not.toContain('breakerOpened');
    await cache.get('k');
    expect(types).toContain('breakerOpened');
    clock.advance(1_000);
    await cache.get('k');
    be('up');
    clock.advance(999);
    expect(await cache.get('k')).toBeUndefined();
    expect(asked).toEqual([]);
    clock.advance(1);
    expect(await cache.get('k')).toEqual(text('v'));
    expect(types).toContain('breakerClosed');
  });

  it('is used as soon as it is up, where the breaker did not open', async () => {
    const { cache, memory, be } = stateful();
    await memory.set('k', text('v'));
    be('down');
    await cache.get('k');
    be('up');
    expect(await cache.get('k')).toEqual(text('v'));
    expect(doorOf(cache).state?.()).toBe('up');
  });
});
