import { BatchError, type DistributedCache, decorate, ErrorCode, MemoryCache, prefixed } from 'distributed-cache';
import { FakeClock } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../helpers/tools.js';
import { backendError, failOpen, gated, openBreaker, settle, setUp, text, textOf } from './tools.js';

async function listed(cache: DistributedCache, prefix = ''): Promise<string[]> {
  const all: string[] = [];
  for await (const key of cache.prefixes?.keys(prefix) ?? []) all.push(key);
  return all.sort();
}

const minute = { duration: '1m' } as const;
const [old, later] = [text('old'), text('new')];

/** A clock whose timers never come, as in a busy process; calls see the time go by. */
function lateTimers() {
  const time = new FakeClock();
  let ahead = 0;
  return {
    clock: {
      now: () => time.now() + ahead,
      setTimeout: (callback: () => void, ms: number) => time.setTimeout(callback, ms),
      clearTimeout: (timer: unknown) => time.clearTimeout(timer),
    },
    lag: (ms: number) => {
      ahead += ms;
    },
  };
}

/** Each way in which the backend may come to hold what was removed or replaced. */
const ways: readonly (readonly [
  what: string,
  reason: 'remove' | 'set' | 'removeByPrefix',
  run: (cache: DistributedCache) => Promise<unknown>,
])[] = [
  ['remove', 'remove', (cache) => cache.remove('k')],
  ['removeMany', 'remove', async (cache) => cache.batch?.removeMany(['k'])],
  ['removeByPrefix', 'removeByPrefix', async (cache) => cache.prefixes?.removeByPrefix('k')],
  ['set', 'set', (cache) => cache.set('k', later)],
  ['setMany', 'set', async (cache) => cache.batch?.setMany([{ key: 'k', value: later }])],
];

describe.each(ways)('a %s that did not reach the backend', (_, reason, run) => {
  it('hides the old value until it was removed, at the next interval', async () => {
    const { cache, memory, cut, restore, pass, get, told } = setUp();
    await memory.set('k', old);
    await memory.set('other', old);
    cut();
    await run(cache);
    restore();
    expect(told().at(-1)).toMatchObject({ type: 'removalRemembered', key: 'k', reason });
    expect(await get('k')).toBeUndefined();
    expect(await cache.batch?.getMany(['other', 'k', 'other', 'k'])).toEqual([old, undefined, old, undefined]);
    expect(await listed(cache)).toEqual(['other']);
    expect(await cache.leases?.getOrLease('k', minute)).toEqual({ kind: 'none' });
    expect(await get('other')).toBe('old');
    await pass(999);
    expect(await get('k')).toBeUndefined();
    expect(textOf(await memory.get('k'))).toBe('old');
    await pass(1);
    expect(await memory.get('k')).toBeUndefined();
    expect(told().at(-1)).toMatchObject({ type: 'removalReplayed', key: 'k' });
    await memory.set('k', later);
    expect(await get('k')).toBe('new');
  });

  it('because it hung, is made up for as well', async () => {
    const { cache, memory, chaos, restore, pass, get, clock } = setUp();
    await memory.set('k', old);
    chaos.configure({ hang: 1 });
    const writing = run(cache);
    await settle();
    clock.advance(250);
    await writing;
    restore();
    expect(await get('k')).toBeUndefined();
    await pass(1_000);
    expect(await memory.get('k')).toBeUndefined();
  });

  it('because the answer was lost, is made up for as well', async () => {
    const { cache, memory, chaos, restore, pass, get, clock } = setUp();
    await memory.set('k', old);
    chaos.configure({ failAfter: 1 });
    await run(cache);
    restore();
    expect(await get('k')).toBeUndefined();
    await pass(1_000);
    expect(await memory.get('k')).toBeUndefined();
    // The wheels of the deadlines turn once more.
    await pass(10_000);
    expect(clock.pending).toBe(0);
  });

  it('while it was skipped, is the probe where nobody calls, and made up for at once', async () => {
    const { cache, memory, chaos, cut, restore, pass, get, typesTold } = setUp();
    await memory.set('k', old);
    cut();
    await openBreaker(cache);
    await run(cache);
    const asked = chaos.injected.failBefore;
    await pass(3_000);
    expect(chaos.injected.failBefore).toBe(asked + 3);
    expect(await get('k')).toBeUndefined();
    restore();
    await pass(1_000);
    expect(await memory.get('k')).toBeUndefined();
    expect(typesTold().slice(-2).sort()).toEqual(['breakerClosed', 'removalReplayed']);
  });

  it('is made up for at once when a call closes the breaker, before anything else is asked of its key', async () => {
    const { clock, lag } = lateTimers();
    const { cache, memory, cut, restore, get } = setUp({ clock });
    await memory.set('k', old);
    await memory.set('other', old);
    cut();
    await openBreaker(cache);
    await run(cache);
    restore();
    lag(1_000);
    const reading = [get('other'), get('k'), get('k')];
    expect(await Promise.all(reading)).toEqual(['old', undefined, undefined]);
    await settle();
    expect(await memory.get('k')).toBeUndefined();
  });

  it('is not made up for by a call of another process, but by an own set that begins later and succeeds', async () => {
    const { cache, memory, cut, restore, pass, get, typesTold } = setUp();
    await memory.set('k', old);
    cut();
    await run(cache);
    restore();
    await memory.set('k', text('of another process'));
    expect(await get('k')).toBeUndefined();
    await cache.set('k', later);
    expect(await get('k')).toBe('new');
    if (reason === 'removeByPrefix') return;
    expect(typesTold().at(-2)).toBe('removalReplayed');
    await pass(5_000);
    expect(await get('k')).toBe('new');
  });

  it('refuses what was loaded under a lease that was granted before', async () => {
    const { cache, memory, cut, restore, pass, get } = setUp();
    const lease = await cache.leases?.getOrLease('k', minute);
    const token = lease?.kind === 'lease' ? lease.token : '';
    cut();
    await run(cache);
    restore();
    expect(await cache.leases?.commit('k', token, old)).toBe(false);
    await pass(1_000);
    expect(await cache.leases?.commit('k', token, old)).toBe(false);
    expect(await get('k')).toBeUndefined();
    expect(await memory.get('k')).toBeUndefined();
    expect((await cache.leases?.getOrLease('k', minute))?.kind).toBe('lease');
  });

  it('rejects with the reason of a signal that was aborted, and is then not remembered', async () => {
    const { cache, cut, typesTold } = setUp();
    cut();
    const signal = AbortSignal.abort(new Error('left'));
    await expect(cache.remove('k', { signal })).rejects.toThrow('left');
    await openBreaker(cache);
    await expect(cache.remove('k', { signal })).rejects.toThrow('left');
    await expect(cache.set('k', later, { signal })).rejects.toThrow('left');
    await expect(cache.batch?.removeMany(['k'], { signal })).rejects.toThrow('left');
    await expect(cache.prefixes?.removeByPrefix('k', { signal })).rejects.toThrow('left');
    expect(typesTold()).not.toContain('removalRemembered');
  });
});

const failureOf = (index: number) => ({ index, key: `${index}`, error: backendError(ErrorCode.timeout) });

describe('what is remembered', () => {
  it('is made up for in chunks of 200, in one call each where the backend has batches', async () => {
    const { cache, memory, cut, restore, pass, chaos, typesTold } = setUp({ breaker: { failures: 1_000 } });
    const keys = Array.from({ length: 450 }, (_, i) => `k${i}`);
    await memory.batch.setMany(keys.map((key) => ({ key, value: old })));
    cut();
    await Promise.all(keys.map((key) => cache.remove(key)));
    const asked = chaos.injected.failBefore;
    await pass(1_000);
    // The first chunk failed as a whole, so nothing more was tried.
    expect(chaos.injected.failBefore).toBe(asked + 1);
    restore();
    await pass(1_000);
    expect(memory.size).toBe(0);
    expect(typesTold().filter((type) => type === 'removalReplayed')).toHaveLength(450);
  });

  it.each([
    [
      'key by key',
      (index: number[]) =>
        new BatchError(
          index.map((each) => failureOf(each)),
          200,
        ),
    ],
    ['as a whole', () => backendError(ErrorCode.backendFailed)],
  ])('that is refused again and again, %s, holds up nothing else', async (_, errorOf) => {
    const bad = Array.from({ length: 200 }, (_, i) => `bad${i}`);
    const { cache, memory, cut, restore, pass } = setUp({ breaker: { failures: 1_000 } }, (inner) =>
      decorate(inner, {
        around: async ({ name, keys }, next) => {
          const refused = keys.flatMap((key, i) => (name.startsWith('remove') && key.startsWith('bad') ? [i] : []));
          if (refused.length === 0) return next();
          const error = errorOf(refused);
          // What a batch does not name is done.
          if (error instanceof BatchError) await next();
          throw error;
        },
      }),
    );
    await memory.set('good', old);
    cut();
    for (const key of [...bad, 'good']) await cache.remove(key);
    restore();
    await pass(2_000);
    expect(await memory.get('good')).toBeUndefined();
  });

  it('and was set meanwhile, is not removed any more', async () => {
    const { cache, memory, take, steps, clock, get, open } = gated({ breaker: { failures: 1_000 } });
    const removing = Promise.all(Array.from({ length: 201 }, (_, i) => cache.remove(`k${i}`)));
    for (let i = 0; i < 201; i++) await (await take('remove')).fail();
    await removing;
    clock.advance(1_000);
    const chunk = await take('removeMany');
    const setting = cache.set('k200', later);
    await (await take('set')).answer();
    await setting;
    await chunk.answer();
    await settle();
    expect(steps).toEqual([]);
    await open();
    expect(await get('k200')).toBe('new');
    expect(memory.size).toBe(1);
  });

  it('and is set by the probe, is not removed when the breaker closes', async () => {
    const { clock, lag } = lateTimers();
    const { cache, cut, restore, get, memory } = setUp({ clock });
    cut();
    await openBreaker(cache);
    await cache.remove('k');
    restore();
    lag(1_000);
    await cache.set('k', later);
    await settle();
    expect(await get('k')).toBe('new');
    expect(memory.size).toBe(1);
  });

  it('is made up for one by one where the backend has no batches', async () => {
    const memory = new MemoryCache();
    const clock = new FakeClock();
    let isDown = true;
    const reach = () => (isDown ? Promise.reject(new Error('down')) : Promise.resolve());
    const bare: DistributedCache = {
      get: (key) => reach().then(() => memory.get(key)),
      set: (key, value) => reach().then(() => memory.set(key, value)),
      refresh: (key) => reach().then(() => memory.refresh(key)),
      remove: (key) => reach().then(() => memory.remove(key)),
    };
    const cache = failOpen(bare, { clock });
    expect(cache.batch).toBeUndefined();
    for (const key of ['a', 'b', 'c']) {
      await memory.set(key, old);
      await cache.remove(key);
    }
    isDown = false;
    clock.advance(1_000);
    await settle();
    expect(memory.size).toBe(0);
  });

  it('of a batch is what failed of it, and the rest makes up for what was remembered', async () => {
    const { cache, memory, cut, restore, get, pass } = setUp({}, (inner) =>
      decorate(inner, {
        around: async ({ name, keys }, next) => {
          const result = await next();
          if (name !== 'setMany' && name !== 'removeMany') return result;
          const index = keys.indexOf('bad');
          if (index < 0) return result;
          throw new BatchError([{ index, key: 'bad', error: backendError(ErrorCode.backendFailed) }], keys.length);
        },
      }),
    );
    await memory.set('good', old);
    cut();
    await cache.remove('good');
    restore();
    expect(await get('good')).toBeUndefined();
    await cache.batch?.setMany([
      { key: 'good', value: later },
      { key: 'bad', value: later },
    ]);
    expect(await get('good')).toBe('new');
    expect(await get('bad')).toBeUndefined();
    // It fails in its chunk, too, and holds up nobody.
    cut();
    await cache.batch?.removeMany(['a', 'good', 'b']);
    restore();
    await pass(1_000);
    expect(await memory.get('good')).toBeUndefined();
    await memory.set('good', later);
    expect(await get('good')).toBe('new');
    expect(await get('bad')).toBeUndefined();
  });

  it('is not tried key by key where the backend takes no writes at all', async () => {
    let writes = 0;
    const { cache, pass } = setUp({}, (inner) =>
      decorate(inner, {
        around: async ({ name }, next) => {
          if (!name.startsWith('remove')) return next();
          writes++;
          throw backendError(ErrorCode.backendReadOnly);
        },
      }),
    );
    for (let i = 0; i < 10; i++) await cache.remove(`k${i}`);
    await pass(3_000);
    expect(writes).toBe(10 + 3);
  });

  it('is tried again at each interval as long as the backend refuses it, and told each time', async () => {
    let error: unknown = backendError(ErrorCode.backendReadOnly);
    const { cache, memory, get, pass, events } = setUp({}, (inner) =>
      decorate(inner, {
        around: async ({ name }, next) => {
          if (error !== undefined && name.startsWith('remove')) throw error;
          return next();
        },
      }),
    );
    await memory.set('k', old);
    await memory.set('other', old);
    await cache.remove('k');
    await pass(3_000);
    const failed = events.filter((event) => event.type === 'backendFailed');
    expect(failed.map(({ operation }) => operation)).toEqual(['remove', 'replay', 'replay', 'replay']);
    expect(await get('other')).toBe('old');
    expect(await get('k')).toBeUndefined();
    error = undefined;
    await pass(1_000);
    expect(await memory.get('k')).toBeUndefined();
  });

  it('does not leave the process an alarm clock, nor an unhandled rejection, when the backend is closed under it', async () => {
    const { cache, memory, cut, restore, pass, clock } = setUp();
    cut();
    await cache.remove('k');
    await cache.prefixes?.removeByPrefix('p');
    restore();
    await memory.close();
    await pass(10_000);
    expect(clock.pending).toBe(0);
    await expect(cache.get('other')).rejects.toMatchObject({ code: ErrorCode.cacheClosed });
  });
});

describe('a remembered prefix', () => {
  it('hides every key under it, and no other', async () => {
    const { cache, memory, cut, restore, get, pass } = setUp();
    for (const key of ['a', 'a:', 'a:1', 'b:1', '']) await memory.set(key, old);
    cut();
    await cache.prefixes?.removeByPrefix('a:');
    restore();
    expect(await Promise.all(['a', 'a:', 'a:1', 'b:1', ''].map((key) => get(key)))).toEqual([
      'old',
      undefined,
      undefined,
      'old',
      'old',
    ]);
    await pass(1_000);
    expect((await listed(memory)).sort()).toEqual(['', 'a', 'b:1']);
  });

  it('shows a key that was set or removed since, until it is made up for', async () => {
    const { cache, memory, cut, restore, get, pass } = setUp();
    cut();
    await cache.prefixes?.removeByPrefix('a:');
    restore();
    await cache.set('a:1', later);
    await cache.remove('a:2');
    await memory.set('a:2', later);
    await memory.set('a:3', old);
    expect([await get('a:1'), await get('a:2'), await get('a:3')]).toEqual(['new', 'new', undefined]);
    // Removed with the prefix: it costs a load.
    await pass(1_000);
    expect(await get('a:1')).toBeUndefined();
  });

  it('takes the place of what is remembered under it, and is made up for by a removal of more', async () => {
    const { cache, cut, restore, pass, told, memory } = setUp({ breaker: { failures: 100 } });
    cut();
    for (const key of ['a:1', 'a:2', 'b']) await cache.remove(key);
    await cache.prefixes?.removeByPrefix('a:b:');
    await cache.prefixes?.removeByPrefix('a:');
    restore();
    await memory.set('a:9', old);
    expect(await cache.prefixes?.removeByPrefix('a')).toBe(1);
    const replayed = () => told().flatMap((event) => (event.type === 'removalReplayed' ? [event.key] : []));
    expect(replayed()).toEqual(['a:']);
    await pass(1_000);
    expect(replayed()).toEqual(['a:', 'b']);
  });

  it('is given more time in the background than a caller waits', async () => {
    const { cache, memory, steps, take, clock, get, pass, events } = gated();
    await memory.set('a:1', old);
    const removing = cache.prefixes?.removeByPrefix('a:');
    await take('removeByPrefix');
    clock.advance(250);
    expect(await removing).toBe(0);
    clock.advance(1_000);
    const again = await take('removeByPrefix');
    await pass(20_000);
    // It is not sent again while it is under way, and it counts for nothing.
    expect(steps).toEqual([]);
    expect(await get('a:1')).toBeUndefined();
    await again.answer();
    expect(events.map(({ type }) => type)).toContain('removalReplayed');
    expect(events.map(({ type }) => type)).not.toContain('breakerOpened');
  });

  it('remembered before the breaker opened is made up for without a call', async () => {
    const { cache, memory, cut, restore, pass, typesTold } = setUp();
    await memory.set('a:1', old);
    cut();
    await cache.prefixes?.removeByPrefix('a:');
    await openBreaker(cache);
    restore();
    await pass(1_000);
    expect(typesTold()).toContain('breakerClosed');
    expect(memory.size).toBe(0);
  });

  it('whose scan hangs holds up no key', async () => {
    const { cache, take, steps, clock, events } = gated();
    const removing = Promise.all([cache.prefixes?.removeByPrefix('a:'), cache.remove('b')]);
    await (await take('removeByPrefix')).fail();
    await (await take('remove')).fail();
    await removing;
    clock.advance(1_000);
    await (await take('removeMany')).answer();
    expect(steps.map(({ name }) => name)).toEqual(['removeByPrefix']);
    expect(events.flatMap((event) => (event.type === 'removalReplayed' ? [event.key] : []))).toEqual(['b']);
  });
});

describe('through other decorators', () => {
  it('views of one fail-open cache share what it remembers', async () => {
    const { cache, memory, cut, restore, get } = setUp();
    await memory.set('u:1', old);
    cut();
    await prefixed(cache, 'u:').remove('1');
    restore();
    expect(await get('1', prefixed(cache, 'u:'))).toBeUndefined();
    expect(await get('u:1')).toBeUndefined();
  });

  it('what it remembers is not known to a second one, nor to the backend', async () => {
    const { cache, memory, chaos, cut, restore, get } = setUp();
    await memory.set('k', old);
    cut();
    await cache.remove('k');
    restore();
    expect(await get('k', failOpen(chaos))).toBe('old');
  });
});

describe('a lease whose answer was lost', () => {
  const tools = () => {
    const made = setUp();
    return { ...made, asked: async () => (await made.memory.leases.getOrLease('k', minute)).kind };
  };

  it('is given back at the next interval: nobody waits for its deadline', async () => {
    for (const token of [undefined, 'of-the-caller']) {
      const { cache, chaos, restore, pass, asked } = tools();
      chaos.configure({ failAfter: 1 });
      expect(await cache.leases?.getOrLease('k', { ...minute, token })).toEqual({ kind: 'none' });
      restore();
      expect(await asked()).toBe('busy');
      await pass(1_000);
      expect(await asked()).toBe('lease');
    }
  });

  it.each(['commit', 'release'] as const)('so is one whose %s failed, or was skipped', async (name) => {
    for (const isSkipped of [false, true]) {
      const { cache, cut, restore, pass, asked, clock } = tools();
      const lease = await cache.leases?.getOrLease('k', minute);
      const token = lease?.kind === 'lease' ? lease.token : '';
      cut();
      if (isSkipped) await openBreaker(cache);
      await cache.leases?.[name]('k', token, old);
      restore();
      expect(await asked()).toBe('busy');
      await pass(1_000);
      expect(await asked()).toBe('lease');
      expect(clock.pending).toBeLessThanOrEqual(1);
    }
  });

  it('is given back when the grant comes late', async () => {
    const { cache, memory, take, clock, pass, open } = gated();
    const asking = cache.leases?.getOrLease('k', minute);
    const step = await take('getOrLease');
    clock.advance(250);
    expect(await asking).toEqual({ kind: 'none' });
    clock.advance(1_000);
    // The first release comes before the grant, and finds nothing.
    await (await take('release')).answer();
    await step.answer();
    expect((await memory.leases.getOrLease('k', minute)).kind).toBe('busy');
    await open();
    await pass(1_000);
    expect((await memory.leases.getOrLease('k', minute)).kind).toBe('lease');
  });
});

describe('arguments', () => {
  it('are checked also of what is hidden or skipped', async () => {
    const { cache, cut, restore } = setUp();
    cut();
    await cache.remove('k');
    restore();
    const past = { absoluteExpiration: new Date(0) };
    const check = async () => {
      const wrong = [
        cache.leases?.getOrLease('k', { duration: -1 }),
        cache.leases?.commit('k', 't', 'text' as never),
        cache.leases?.commit('k', 't', old, past),
        cache.set('k', old, past),
        cache.set('k', 'text' as never),
        cache.batch?.setMany([{ key: 'k', value: old, options: past }]),
        cache.batch?.getMany('k' as never),
        cache.leases?.release(5 as never, 't'),
        cache.refresh('\ud800'),
      ];
      for (const each of wrong)
        expect(await outcomeOf(Promise.resolve(each).then(() => 'resolved'))).not.toBe('resolved');
    };
    await check();
    cut();
    await openBreaker(cache);
    await check();
  });
});
