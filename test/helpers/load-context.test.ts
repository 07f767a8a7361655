import { AsyncLocalStorage } from 'node:async_hooks';
import { getOrCreate, MemoryCache } from 'distributed-cache';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deferred, settle } from './tools.js';

const disable = vi.spyOn(AsyncLocalStorage.prototype, 'disable');
const run = vi.spyOn(AsyncLocalStorage.prototype, 'run');

afterEach(() => {
  disable.mockClear();
  run.mockClear();
});

describe('the context of factories', () => {
  it('is enabled only while factories run', async () => {
    const cache = new MemoryCache();
    const source = deferred<number>();
    const calls = [getOrCreate(cache, 'a', () => source.promise), getOrCreate(cache, 'b', () => 1)];
    await settle();
    expect(run).toHaveBeenCalledTimes(2);
    expect(disable).not.toHaveBeenCalled();
    source.resolve(1);
    await Promise.all(calls);
    expect(disable).toHaveBeenCalledTimes(1);
  });

  it('is disabled also after a factory that never ends, once nobody waits for it', async () => {
    const leaving = new AbortController();
    const call = getOrCreate(new MemoryCache(), 'k', () => new Promise<never>(() => {}), { signal: leaving.signal });
    await settle();
    leaving.abort(new Error('left'));
    await expect(call).rejects.toThrow('left');
    await settle();
    expect(disable).toHaveBeenCalledTimes(1);
  });

  it('costs a hit nothing', async () => {
    const cache = new MemoryCache();
    await getOrCreate(cache, 'k', () => 1);
    run.mockClear();
    await getOrCreate(cache, 'k', () => 2);
    expect(run).not.toHaveBeenCalled();
  });
});
