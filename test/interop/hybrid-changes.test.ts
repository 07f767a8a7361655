import { describe, expect, it, vi } from 'vitest';
import { deferred } from '../hybrid/deferred.js';
import { gone, held } from '../redis/hybrid/tools.js';
import { until } from '../redis/servers/waiting.js';
import { seen, sharedPair } from './hybrid-pair.js';
import { describeWithDotnet } from './requirement.js';

// What one side changes and the other one holds, has read, or is loading.
const kind = 'int';

describeWithDotnet('HybridCache: changes', (packages) => {
  const pair = sharedPair(packages);
  let keys = 0;
  const newKey = () => `k${++keys}`;

  describe('from .NET to Node', () => {
    it('a set is seen at once by a process that holds a copy', async () => {
      const [key, cache] = [newKey(), await pair.node()];
      await pair.dotnet.set(key, { kind, value: 1 });
      await held(cache, key);
      await pair.dotnet.set(key, { kind, value: 2 });
      await gone(cache, key);
      expect(await cache.get(key)).toBe(2);
    });

    it('a removal is seen at once by a process that holds a copy', async () => {
      const [key, cache] = [newKey(), await pair.node()];
      await pair.dotnet.set(key, { kind, value: 1 });
      await held(cache, key);
      await pair.dotnet.remove(key);
      await gone(cache, key);
      expect(await cache.getOrCreate(key, () => 2)).toBe(2);
    });

    it.each(['a tag', '*'])('a removal by %s is seen at once by a process that holds a copy', async (what) => {
      const [key, cache] = [newKey(), await pair.node()];
      const tag = what === '*' ? '*' : `tag of ${key}`;
      await pair.dotnet.set(key, { kind, value: 1, tags: [`tag of ${key}`] });
      await held(cache, key);
      await pair.dotnet.removeByTag(tag);
      await gone(cache, key);
      expect(await cache.get(key)).toBeUndefined();
      expect(await cache.getOrCreate(key, () => 2)).toBe(2);
    });

    it('a removal by a tag is seen by a process that started after it', async () => {
      const key = newKey();
      await pair.dotnet.set(key, { kind, value: 1, tags: [`tag of ${key}`] });
      await pair.dotnet.removeByTag(`tag of ${key}`);
      expect(await (await pair.node()).get(key)).toBeUndefined();
    });

    it('a copy lives no longer than the entry', async () => {
      const [key, cache] = [newKey(), await pair.node()];
      await pair.dotnet.set(key, { kind, value: 1, expirationMs: 2_000 });
      const set = performance.now();
      await held(cache, key);
      // Nothing but the clock takes it: no message, and no read that would ask Redis.
      await until(() => cache.peek(key) === undefined, 'the copy has ended', { timeout: 10_000 });
      expect(performance.now() - set).toBeLessThan(4_000);
      expect(await cache.get(key)).toBeUndefined();
    });

    it('what it loaded is a hit', async () => {
      const [key, cache] = [newKey(), await pair.node()];
      await pair.dotnet.getOrCreate(key, { kind, value: 1 });
      await seen(cache, key);
      expect(await cache.getOrCreate(key, () => Promise.reject(new Error('it was there')))).toBe(1);
    });
  });

  describe('from .NET to a load in Node that is under way', () => {
    /** A load that waits for its factory, which gives 1. */
    async function loading(key: string, tags: readonly string[] = []) {
      const cache = await pair.node();
      const factory = deferred<number>();
      const begun = deferred<void>();
      const load = cache.getOrCreate(
        key,
        () => {
          begun.resolve();
          return factory.promise;
        },
        { tags },
      );
      await begun.promise;
      return { cache, finish: () => factory.resolve(1), load };
    }

    it.each(['over nothing', 'over a value of .NET that had ended by its tag'])(
      'a removal breaks its lease: nothing is stored, %s',
      async (how) => {
        const key = newKey();
        if (how !== 'over nothing') {
          await pair.dotnet.set(key, { kind, value: 0, tags: [`tag of ${key}`] });
          await pair.dotnet.removeByTag(`tag of ${key}`);
        } else {
          // A lease on nothing is broken by a set and a removal; an UNLINK of nothing changes nothing.
          await pair.dotnet.set(key, { kind, value: 0 });
          await pair.dotnet.remove(key);
        }
        const { cache, finish, load } = await loading(key);
        await pair.dotnet.remove(key);
        finish();
        expect(await load).toBe(1);
        expect(await cache.get(key)).toBeUndefined();
        expect(await pair.dotnet.peek(key, kind, { isLocal: false })).toBeUndefined();
      },
    );

    it('a set breaks its lease: what .NET stored stays', async () => {
      const key = newKey();
      const { cache, finish, load } = await loading(key);
      await pair.dotnet.set(key, { kind, value: 2 });
      finish();
      await load;
      expect(await cache.get(key)).toBe(2);
      expect(await pair.dotnet.peek(key, kind, { isLocal: false })).toEqual({ value: 2 });
    });

    it('a load of .NET does not wait for it, and what it stores stays', async () => {
      const key = newKey();
      const { cache, finish, load } = await loading(key);
      expect(await pair.dotnet.getOrCreate(key, { kind, value: 2 })).toEqual({ value: 2, ran: true });
      await until(async () => (await pair.dotnet.peek(key, kind, { isLocal: false })) !== undefined, 'it is stored');
      finish();
      await load;
      expect(await cache.get(key)).toBe(2);
    });

    it.each(['a tag', '*'])('a removal by %s makes invalid what it stores', async (what) => {
      const key = newKey();
      const { cache, finish, load } = await loading(key, [`tag of ${key}`]);
      await pair.dotnet.removeByTag(what === '*' ? '*' : `tag of ${key}`);
      finish();
      await load;
      expect(await cache.get(key)).toBeUndefined();
      expect(await (await pair.freshDotnet()).peek(key, kind, { tags: [`tag of ${key}`] })).toBeUndefined();
    });
  });

  describe('from Node to .NET', () => {
    it.each(['a set', 'a removal'])('%s is seen at once by a process without a local tier', async (what) => {
      const [key, cache] = [newKey(), await pair.node()];
      await cache.set(key, 1);
      expect(await pair.dotnet.peek(key, kind, { isLocal: false })).toEqual({ value: 1 });
      if (what === 'a set') await cache.set(key, 2);
      else await cache.remove(key);
      const read = await pair.dotnet.peek(key, kind, { isLocal: false });
      expect(read).toEqual(what === 'a set' ? { value: 2 } : undefined);
    });

    it.each(['a set', 'a removal'])('%s is seen by a process that holds a copy, once that has ended', async (what) => {
      const [key, cache] = [newKey(), await pair.node()];
      const local = { kind, value: 9, localExpirationMs: 2_000 } as const;
      await cache.set(key, 1);
      expect(await pair.dotnet.getOrCreate(key, local)).toEqual({ value: 1, ran: false });
      if (what === 'a set') await cache.set(key, 2);
      else await cache.remove(key);
      // .NET hears of no change.
      expect(await pair.dotnet.getOrCreate(key, local)).toEqual({ value: 1, ran: false });
      await vi.waitFor(
        async () => {
          const { value } = await pair.dotnet.getOrCreate(key, local);
          expect(value).toBe(what === 'a set' ? 2 : 9);
        },
        { timeout: 10_000, interval: 50 },
      );
    });

    it.each(['a tag', '*'])('a removal by %s is seen by a process that started after it', async (what) => {
      const [key, cache] = [newKey(), await pair.node()];
      const tags = [`tag of ${key}`];
      await cache.set(key, 1, { tags });
      await cache.removeByTag(what === '*' ? '*' : tags);
      expect(await (await pair.freshDotnet()).peek(key, kind)).toBeUndefined();
      await cache.set(key, 2, { tags });
      expect(await (await pair.freshDotnet()).peek(key, kind)).toEqual({ value: 2 });
    });

    it('a removal by a tag is seen by a process that has not asked for the tag', async () => {
      const [key, cache] = [newKey(), await pair.node()];
      const tags = [`tag of ${key}`];
      await cache.set(key, 1, { tags });
      await cache.removeByTag(tags);
      expect(await pair.dotnet.peek(key, kind)).toBeUndefined();
    });

    it('what it loaded is a hit, with the life that it has left', async () => {
      const [key, cache] = [newKey(), await pair.node()];
      await cache.getOrCreate(key, () => 1, { expiration: '2s' });
      const loaded = performance.now();
      expect(await pair.dotnet.getOrCreate(key, { kind, value: 2 })).toEqual({ value: 1, ran: false });
      await vi.waitFor(async () => expect(await pair.dotnet.peek(key, kind)).toBeUndefined(), {
        timeout: 5_000,
        interval: 50,
      });
      expect(performance.now() - loaded).toBeGreaterThan(1_900);
      expect(performance.now() - loaded).toBeLessThan(5_000);
    });
  });

  describe('from Node to a load in .NET that is under way', () => {
    async function loading(key: string, tags: readonly string[] = []) {
      const load = pair.dotnet.getOrCreate(key, { kind, value: 1, tags, gate: key });
      await until(async () => (await pair.dotnet.factoryRuns(key)) === 1, 'its factory runs');
      return { load, finish: () => pair.dotnet.open(key) };
    }

    it('a load of Node does not wait for it', async () => {
      const [key, cache] = [newKey(), await pair.node()];
      const { load, finish } = await loading(key);
      expect(await cache.getOrCreate(key, () => 2)).toBe(2);
      await finish();
      await load;
    });

    it.each(['a tag', '*'])('a removal by %s makes invalid what it stores', async (what) => {
      const [key, cache] = [newKey(), await pair.node()];
      const { load, finish } = await loading(key, [`tag of ${key}`]);
      await cache.removeByTag(what === '*' ? '*' : `tag of ${key}`);
      await finish();
      await load;
      // It is stored, late, and is no value to anybody who asks for the tag's time.
      await pair.dotnet.set(`after ${key}`, { kind, value: 1 });
      await until(async () => (await cache.get(key)) === undefined, 'it is a miss');
      expect(await (await pair.freshDotnet()).peek(key, kind)).toBeUndefined();
    });
  });

  describe('known limits of .NET, which we cannot help', () => {
    it('a tag is asked for once in the life of a process (dotnet/extensions#7411)', async () => {
      const [key, cache] = [newKey(), await pair.node()];
      const tags = [`tag of ${key}`];
      const process = await pair.freshDotnet();
      await cache.set(key, 1, { tags });
      expect(await process.peek(key, kind, { isLocal: false })).toEqual({ value: 1 });
      await cache.removeByTag(tags);
      expect(await cache.get(key)).toBeUndefined();
      expect(await process.peek(key, kind, { isLocal: false })).toEqual({ value: 1 });
      expect(await (await pair.freshDotnet()).peek(key, kind, { isLocal: false })).toBeUndefined();
      // What was removed by its key is gone for it, too.
      await cache.remove(key);
      expect(await process.peek(key, kind, { isLocal: false })).toBeUndefined();
    });

    it('a load that a removal overtook is stored all the same: it has no leases', async () => {
      const [key, cache] = [newKey(), await pair.node()];
      const load = pair.dotnet.getOrCreate(key, { kind, value: 1, gate: key });
      await until(async () => (await pair.dotnet.factoryRuns(key)) === 1, 'its factory runs');
      await cache.remove(key);
      await pair.dotnet.open(key);
      await load;
      await seen(cache, key);
    });

    it('its own removal by a tag is not heard by another process of it that knows the tag', async () => {
      const key = newKey();
      const tags = [`tag of ${key}`];
      const other = await pair.freshDotnet();
      await pair.dotnet.set(key, { kind, value: 1, tags });
      expect(await other.peek(key, kind, { isLocal: false })).toEqual({ value: 1 });
      await pair.dotnet.removeByTag(...tags);
      expect(await other.peek(key, kind, { isLocal: false })).toEqual({ value: 1 });
      expect(await (await pair.node()).get(key)).toBeUndefined();
    });
  });
});
