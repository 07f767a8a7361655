import { decorate, ErrorCode } from 'distributed-cache';
import { createTestCache } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../helpers/tools.js';
import { failOpen, gated, openBreaker, settle, setUp, text } from './tools.js';

describe('close', () => {
  it('makes up for what is remembered where the backend is up, then closes it, once', async () => {
    const { cache, memory, take, steps, events } = gated();
    await memory.set('k', text('old'));
    await memory.set('p:1', text('old'));
    const writing = Promise.all([cache.remove('k'), cache.prefixes?.removeByPrefix('p:')]);
    await (await take('remove')).fail();
    await (await take('removeByPrefix')).fail();
    await writing;
    const closing = cache.close();
    expect(cache.close()).toBe(closing);
    const last = [await take('removeMany'), await take('removeByPrefix')];
    await expect(cache.get('k')).rejects.toMatchObject({ code: ErrorCode.cacheClosed });
    await memory.get('k');
    for (const step of last) await step.answer();
    await closing;
    expect(steps).toEqual([]);
    expect(events.filter(({ type }) => type === 'removalReplayed')).toHaveLength(2);
    await expect(memory.get('k')).rejects.toMatchObject({ code: ErrorCode.cacheClosed });
  });

  it('waits one deadline for it, and no longer', async () => {
    const { cache, memory, take, clock, pass } = gated();
    const removing = cache.remove('k');
    await (await take('remove')).fail();
    await removing;
    const closing = cache.close();
    await take('removeMany');
    expect(await outcomeOf(closing)).toBe('pending');
    clock.advance(250);
    await closing;
    await expect(memory.get('k')).rejects.toMatchObject({ code: ErrorCode.cacheClosed });
    await pass(5_000);
    expect(clock.pending).toBe(0);
  });

  it('waits no longer for a scan, which has more time otherwise', async () => {
    const { cache, take, clock } = gated();
    const removing = cache.prefixes?.removeByPrefix('a:');
    await (await take('removeByPrefix')).fail();
    await removing;
    const closing = cache.close();
    await take('removeByPrefix');
    clock.advance(200);
    expect(await outcomeOf(closing)).toBe('pending');
    clock.advance(50);
    await closing;
  });

  it('asks nothing while the backend is skipped', async () => {
    const { cache, chaos, cut, pass, clock } = setUp();
    cut();
    await openBreaker(cache);
    await cache.remove('k');
    const asked = chaos.injected.failBefore;
    await cache.close();
    await pass(5_000);
    expect(chaos.injected.failBefore).toBe(asked);
    expect(clock.pending).toBe(0);
  });

  it('does not wait for a fake clock, nor keep a timer, where nothing is remembered', async () => {
    const { cache, clock, pass } = setUp();
    await cache.set('k', text('v'));
    await cache.close();
    await pass(50);
    expect(clock.pending).toBe(0);
  });

  it('in the middle of a replay waits for that', async () => {
    const { cache, take, clock, steps } = gated();
    const removing = cache.remove('k');
    await (await take('remove')).fail();
    await removing;
    clock.advance(1_000);
    const replay = await take('removeMany');
    const closing = cache.close();
    expect(await outcomeOf(closing)).toBe('pending');
    await replay.answer();
    await closing;
    expect(steps).toEqual([]);
  });

  it('closes the backend also where that fails, and tells of the failure', async () => {
    const { cache: memory } = createTestCache();
    const cache = failOpen(
      decorate(memory, {
        onClose: () => {
          throw new Error('stuck');
        },
      }),
    );
    await expect(cache.close()).rejects.toThrow('stuck');
    await expect(memory.get('k')).rejects.toMatchObject({ code: ErrorCode.cacheClosed });
  });

  it('lets calls that are under way end', async () => {
    const { cache, take } = gated();
    const reading = cache.get('k');
    const step = await take('get');
    const closing = cache.close();
    await settle();
    await step.fail();
    expect(await reading).toBeUndefined();
    await closing;
  });
});

describe('what is wrapped', () => {
  it('may have nothing but the four methods', async () => {
    const { cache: memory, clock } = createTestCache();
    const bare = {
      get: (key: string) => memory.get(key),
      set: (key: string, value: Uint8Array) => memory.set(key, value),
      refresh: (key: string) => memory.refresh(key),
      remove: (key: string) => memory.remove(key),
    };
    const cache = failOpen(bare, { clock });
    expect([cache.name, cache.batch, cache.prefixes, cache.leases, cache.invalidations]).toEqual([
      'failOpen(unnamed)',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    await cache.set('k', text('v'));
    expect(await cache.get('k')).toEqual(text('v'));
    await cache.lifecycle?.ready();
    await cache.close();
    await expect(cache.get('k')).rejects.toMatchObject({ code: ErrorCode.cacheClosed });
  });
});

describe('options', () => {
  const { cache } = createTestCache();
  it.each([
    [{ deadline: 0 }, 'deadline', ErrorCode.invalidDuration],
    [{ deadline: 2 ** 31 }, 'deadline', ErrorCode.invalidDuration],
    [{ deadline: 'soon' }, 'deadline', ErrorCode.invalidDuration],
    [{ breaker: 5 }, 'breaker', ErrorCode.invalidOption],
    [{ breaker: { failures: 0 } }, 'breaker.failures', ErrorCode.invalidOption],
    [{ breaker: { within: -1 } }, 'breaker.within', ErrorCode.invalidDuration],
    [{ breaker: { probeInterval: '30d' } }, 'breaker.probeInterval', ErrorCode.invalidDuration],
    [{ maxRemembered: 1.5 }, 'maxRemembered', ErrorCode.invalidOption],
    [{ clock: {} }, 'clock', ErrorCode.invalidOption],
    [{ onEvent: 5 }, 'onEvent', ErrorCode.invalidOption],
    [null, 'options', ErrorCode.invalidOption],
  ] as const)('%j is refused by name', (options, name, code) => {
    expect(() => failOpen(cache, options as never)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(name) }),
    );
  });

  it('a cache that is none is refused', () => {
    expect(() => failOpen(undefined as never)).toThrow(expect.objectContaining({ code: ErrorCode.invalidOption }));
  });
});
