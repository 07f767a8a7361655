import {
  bytesSerializer,
  type CacheEvent,
  HybridCache,
  type HybridCacheOptions,
  stringSerializer,
} from 'distributed-cache';
import { describe, expect, it, vi } from 'vitest';
import { deferred } from './deferred.js';
import { opened } from './opened.js';

/** What holds for a HybridCache over whatever. @param options - Those of a new cache over an empty one behind it. */
export function describeHybrid(kind: string, options: () => HybridCacheOptions | Promise<HybridCacheOptions>): void {
  const isPlain = kind.includes('without capabilities');
  describe(`HybridCache ${kind}`, () => {
    it('loads once, and then gives what it has', async () => {
      const cache = opened(await options());
      const factory = vi.fn(async () => ({ id: 1, tags: ['a'] }));
      const first = await cache.getOrCreate('k', factory);
      expect(first).toEqual({ id: 1, tags: ['a'] });
      for (let i = 0; i < 3; i++) expect(await cache.getOrCreate('k', factory)).toEqual({ id: 1, tags: ['a'] });
      expect(factory).toHaveBeenCalledTimes(1);
      expect(await cache.get('k')).toEqual({ id: 1, tags: ['a'] });
    });

    it('shares one load among all who ask at once', async () => {
      const cache = opened(await options());
      const factory = vi.fn(async () => 'value');
      const values = await Promise.all(Array.from({ length: 100 }, () => cache.getOrCreate('k', factory)));
      expect(new Set(values)).toEqual(new Set(['value']));
      expect(factory).toHaveBeenCalledTimes(1);
    });

    it('shares an error too, and asks again after it', async () => {
      const cache = opened(await options());
      const factory = vi.fn(async () => {
        throw new Error('source is down');
      });
      const results = await Promise.allSettled([cache.getOrCreate('k', factory), cache.getOrCreate('k', factory)]);
      expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
      expect(factory).toHaveBeenCalledTimes(1);
      expect(await cache.getOrCreate('k', () => 5)).toBe(5);
    });

    it('sets, removes, and gives undefined for what is not there', async () => {
      const cache = opened(await options());
      expect(await cache.get('k')).toBeUndefined();
      await cache.set('k', [1, 2]);
      expect(await cache.get('k')).toEqual([1, 2]);
      expect(await cache.getMany(['k', 'none', 'k'])).toEqual([[1, 2], undefined, [1, 2]]);
      await cache.remove('k');
      expect(await cache.get('k')).toBeUndefined();
      await cache.setMany([
        { key: 'a', value: 1 },
        { key: 'b', value: 2 },
      ]);
      await cache.remove(['a', 'b']);
      expect(await cache.getMany(['a', 'b'])).toEqual([undefined, undefined]);
    });

    it('removes by tag, and everything', async () => {
      const cache = opened(await options());
      await cache.set('a', 1, { tags: ['red'] });
      await cache.set('b', 2, { tags: ['red', 'blue'] });
      await cache.set('c', 3);
      expect(await cache.getMany(['a', 'b', 'c'])).toEqual([1, 2, 3]);
      await cache.removeByTag('blue');
      expect(await cache.getMany(['a', 'b', 'c'])).toEqual([1, undefined, 3]);
      expect(await cache.getOrCreate('b', () => 4, { tags: ['blue'] })).toBe(4);
      await cache.clear();
      expect(await cache.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, undefined]);
      expect(await cache.getOrCreate('a', () => 9)).toBe(9);
    });

    it('does not store what was removed while its factory ran', async () => {
      const cache = opened(await options());
      let finish = (_: string) => {};
      const begun = deferred<void>();
      const slow = cache.getOrCreate('k', () => {
        begun.resolve();
        return new Promise<string>((resolve) => {
          finish = resolve;
        });
      });
      await begun.promise;
      await cache.remove('k');
      const later = cache.getOrCreate('k', () => 'new');
      finish('old');
      expect(await slow).toBe('old');
      expect(await later).toBe('new');
      expect(await cache.get('k')).toBe('new');
    });

    it('removes by prefix, where that can be done', async () => {
      const cache = opened(await options());
      if (isPlain) {
        await expect(cache.removeByPrefix('p:')).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED_OPERATION' });
        return;
      }
      await cache.set('p:1', 1);
      await cache.set('p:2', 2);
      await cache.set('q:1', 3);
      expect(await cache.removeByPrefix('p:')).toBe(2);
      expect(await cache.getMany(['p:1', 'p:2', 'q:1'])).toEqual([undefined, undefined, 3]);
    });

    it('loads what misses of many by one call', async () => {
      const cache = opened(await options());
      await cache.set('a', 1);
      const load = vi.fn(async (keys: readonly string[]) => new Map(keys.map((key) => [key, key.length])));
      expect(await cache.getOrCreateMany(['a', 'bb', 'ccc', 'bb'], load)).toEqual([1, 2, 3, 2]);
      expect(load.mock.calls.map(([keys]) => keys)).toEqual([['bb', 'ccc']]);
      expect(await cache.getOrCreateMany(['bb', 'ccc'], load)).toEqual([2, 3]);
      expect(load).toHaveBeenCalledTimes(1);
    });

    it('refuses options that are none, also where everything is held here', async () => {
      const cache = opened(await options());
      const load = async (keys: readonly string[]) => new Map(keys.map((key) => [key, 1]));
      await cache.getOrCreateMany(['a'], load);
      await cache.getMany(['a']);
      for (const wrong of [{ expiration: -1 }, { tags: ['*'] }, { tags: () => [''] }, 5 as never]) {
        const call = cache.getOrCreateMany(typeof wrong === 'object' && 'tags' in wrong ? ['new'] : ['a'], load, wrong);
        await expect(call).rejects.toMatchObject({ code: expect.stringMatching('ERR_INVALID') });
      }
      expect(await cache.getOrCreateMany(['a', 'new'], load)).toEqual([1, 1]);
    });

    it('hands undefined out and does not store it, and stores null', async () => {
      const cache = opened(await options());
      const nothing = vi.fn(() => undefined);
      expect(await cache.getOrCreate('u', nothing)).toBeUndefined();
      expect(await cache.getOrCreate('u', nothing)).toBeUndefined();
      expect(nothing).toHaveBeenCalledTimes(2);
      const none = vi.fn(() => null);
      expect(await cache.getOrCreate('n', none)).toBeNull();
      expect(await cache.getOrCreate('n', none)).toBeNull();
      expect(none).toHaveBeenCalledTimes(1);
      await expect(cache.set('u', undefined)).rejects.toMatchObject({ code: 'ERR_INVALID_VALUE' });
    });

    it('gives on a hit what the miss gave', async () => {
      const cache = opened(await options());
      const first = await cache.getOrCreate<unknown>('date', () => ({ at: new Date(0) }));
      expect(first).toEqual({ at: '1970-01-01T00:00:00.000Z' });
      expect(Object.isFrozen(first)).toBe(true);
      const bytes = { serializer: bytesSerializer };
      const one = await cache.getOrCreate('bytes', () => new Uint8Array([1, 2]), bytes);
      const two = await cache.getOrCreate('bytes', () => new Uint8Array([9]), bytes);
      const three = await cache.getOrCreate('bytes', () => new Uint8Array([9]), bytes);
      expect([one, two, three]).toEqual([new Uint8Array([1, 2]), new Uint8Array([1, 2]), new Uint8Array([1, 2])]);
      expect(new Set([one, two, three]).size).toBe(3);
      expect(await cache.getOrCreate('text', () => '', { serializer: stringSerializer })).toBe('');
      expect(await cache.get('text', { serializer: stringSerializer })).toBe('');
    });

    it('lets the last caller that goes abort the factory', async () => {
      const cache = opened(await options());
      const controllers = [new AbortController(), new AbortController()];
      const begun = deferred<AbortSignal>();
      const calls = controllers.map(({ signal }) =>
        cache.getOrCreate(
          'k',
          (context) => {
            begun.resolve(context.signal);
            return new Promise(() => {});
          },
          { signal },
        ),
      );
      const signal = await begun.promise;
      controllers[0]?.abort(new Error('first'));
      await expect(calls[0]).rejects.toThrow('first');
      expect(signal.aborted).toBe(false);
      controllers[1]?.abort(new Error('second'));
      await expect(calls[1]).rejects.toThrow('second');
      expect(signal.aborted).toBe(true);
      expect(await cache.getOrCreate('k', () => 'next')).toBe('next');
    });

    it('tells a factory that waits for itself', async () => {
      const cache = opened(await options());
      const result = cache.getOrCreate('a', () => cache.getOrCreate('b', () => cache.getOrCreate('a', () => 1)));
      await expect(result).rejects.toMatchObject({ code: 'ERR_RECURSIVE_LOAD' });
    });

    it('refuses calls after its end, and ends those under way', async () => {
      const cache = opened(await options());
      const hanging = cache.getOrCreate('k', () => new Promise(() => {}));
      const failed = expect(hanging).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' });
      await cache.close({ timeout: 1 });
      await failed;
      await expect(cache.get('k')).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' });
      await expect(cache.getOrCreate('k', () => 1)).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' });
    });

    it('refuses expirations that would outlive the time of a tag', async () => {
      const cache = opened(await options());
      await cache.set('k', 1, { expiration: '1000d' });
      expect(await cache.get('k')).toBe(1);
      const refusal = { name: 'RangeError', code: 'ERR_INVALID_DURATION' };
      await expect(cache.set('k', 2, { expiration: '1001d' })).rejects.toMatchObject(refusal);
      await expect(cache.getOrCreate('other', () => 2, { expiration: '1001d' })).rejects.toMatchObject(refusal);
      expect(() => new HybridCache({ defaults: { expiration: '1001d' } })).toThrow(expect.objectContaining(refusal));
    });

    it('keeps nothing past its limits, and says so', async () => {
      const events: CacheEvent[] = [];
      const cache = opened({
        ...(await options()),
        maxKeyLength: 5,
        maxPayloadBytes: 10,
        onEvent: (event) => events.push(event),
      });
      const factory = vi.fn(() => 'x'.repeat(20));
      for (let i = 0; i < 2; i++) expect(await cache.getOrCreate('k', factory)).toBe('x'.repeat(20));
      for (let i = 0; i < 2; i++) expect(await cache.getOrCreate('too long', factory)).toBe('x'.repeat(20));
      expect(factory).toHaveBeenCalledTimes(4);
      const reasons = events.flatMap((event) => (event.type === 'rejected' ? [event.reason] : []));
      expect(reasons).toEqual(['tooLarge', 'tooLarge', 'keyTooLong', 'keyTooLong']);
    });
  });
}
