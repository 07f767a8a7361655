import { type DistributedCache, decorate, ErrorCode, type InvalidationSink } from 'distributed-cache';
import { createTestCache } from 'distributed-cache/testing';
import { describe, expect, it, vi } from 'vitest';
import { failOpen, gated, openBreaker, settle, setUp, text } from './tools.js';

function sink() {
  const heard: string[] = [];
  const told: InvalidationSink = {
    keys: (keys) => void heard.push(...keys),
    all: () => void heard.push('all'),
    up: () => void heard.push('up'),
    down: () => void heard.push('down'),
  };
  return { heard, told };
}

describe('a listener of a backend that is away', () => {
  it('hears down(), and is there at an interval after the return', async () => {
    const { cache, cut, restore, pass, events } = setUp();
    const { heard, told } = sink();
    cut();
    const listening = await cache.invalidations?.listen(told);
    expect(heard).toEqual(['down']);
    await pass(2_000);
    expect(events.filter((event) => event.type === 'backendFailed')).toMatchObject(
      Array.from({ length: 3 }, () => ({ operation: 'listen', key: '' })),
    );
    restore();
    await pass(1_000);
    expect(heard).toEqual(['down', 'up']);
    await cache.set('k', text('v'));
    expect(heard).toEqual(['down', 'up', 'k']);
    await listening?.[Symbol.asyncDispose]();
    await cache.set('k', text('w'));
    expect(heard).toEqual(['down', 'up', 'k']);
  });

  it('says nothing of the breaker, and is not held back by it', async () => {
    const { cache, cut, restore, pass, typesTold } = setUp({ breaker: { failures: 2, probeInterval: 300 } });
    const { heard, told } = sink();
    cut();
    await cache.invalidations?.listen(told);
    await pass(3_000);
    expect(typesTold()).not.toContain('breakerOpened');
    await openBreaker(cache);
    restore();
    await cache.invalidations?.listen(told);
    expect(heard).toEqual(['down', 'up']);
  });

  it('can be ended before it is there, and leaves no timer', async () => {
    const { cache, memory, cut, restore, pass, clock } = setUp();
    const { heard, told } = sink();
    cut();
    const listening = await cache.invalidations?.listen(told);
    await listening?.[Symbol.asyncDispose]();
    restore();
    await pass(2_000);
    await memory.set('k', text('v'));
    expect(heard).toEqual(['down']);
    expect(clock.pending).toBe(0);
  });

  it('ends with the cache', async () => {
    const { cache, cut, restore, pass, clock } = setUp();
    const { heard, told } = sink();
    cut();
    await cache.invalidations?.listen(told);
    await cache.close();
    await pass(50);
    expect(clock.pending).toBe(0);
    restore();
    await pass(2_000);
    expect(heard).toEqual(['down']);
    expect(clock.pending).toBe(0);
    await expect(cache.invalidations?.listen(told)).rejects.toMatchObject({ code: ErrorCode.cacheClosed });
  });

  it('does not fail because its sink throws', async () => {
    const { cache, cut } = setUp();
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
    cut();
    const down = () => {
      throw new Error('mine');
    };
    await cache.invalidations?.listen({ ...sink().told, down });
    expect(printed).toHaveBeenCalledOnce();
    printed.mockRestore();
  });
});

describe('a listener that is there late', () => {
  it('hears down() by the deadline, and takes the late one', async () => {
    const { cache, memory, take, clock } = gated();
    const { heard, told } = sink();
    const listening = cache.invalidations?.listen(told);
    const step = await take('listen');
    clock.advance(250);
    const handle = await listening;
    expect(heard).toEqual(['down']);
    await step.answer();
    expect(heard).toEqual(['down', 'up']);
    await memory.set('k', text('v'));
    expect(heard).toEqual(['down', 'up', 'k']);
    const ending = handle?.[Symbol.asyncDispose]();
    await settle();
    await ending;
    await memory.set('k', text('w'));
    expect(heard).toHaveLength(3);
  });

  it('ends the late one where another is there already, or where it was ended meanwhile', async () => {
    const { cache: memory, clock } = createTestCache();
    const open: (() => void)[] = [];
    const ended: number[] = [];
    const backend: DistributedCache = decorate(memory, {});
    const source: DistributedCache = {
      get: backend.get,
      set: backend.set,
      refresh: backend.refresh,
      remove: backend.remove,
      invalidations: {
        listen: (told) =>
          new Promise((resolve) => {
            const number = open.length;
            open.push(() => {
              told.up();
              resolve({ [Symbol.asyncDispose]: async () => void ended.push(number) });
            });
          }),
      },
    };
    const cache = failOpen(source, { clock });
    const { heard, told } = sink();
    const starting = cache.invalidations?.listen(told);
    clock.advance(250);
    const handle = await starting;
    clock.advance(1_000);
    await settle();
    clock.advance(250);
    await settle();
    clock.advance(1_000);
    await settle();
    expect(open).toHaveLength(3);
    open[1]?.();
    await settle();
    open[0]?.();
    await settle();
    expect(ended).toEqual([0]);
    expect(heard).toEqual(['down', 'up']);
    await handle?.[Symbol.asyncDispose]();
    open[2]?.();
    await settle();
    expect(ended).toEqual([0, 1, 2]);
  });

  it('rejects with what is the caller’s to see', async () => {
    const { cache, memory } = setUp();
    await memory.close();
    await expect(cache.invalidations?.listen(sink().told)).rejects.toMatchObject({ code: ErrorCode.cacheClosed });
  });
});
