import { CacheError, getOrCreate, getString, isCacheError, MemoryCache, setString } from 'distributed-cache';
import { ChaosCache, ChaosError, type ChaosOptions, FakeClock } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';

const value = Uint8Array.of(1, 2, 3);

function chaos(options: ChaosOptions = {}) {
  const clock = new FakeClock();
  const inner = new MemoryCache({ clock });
  return { clock, inner, cache: new ChaosCache(inner, { clock, ...options }) };
}

/** Whether a promise has settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  const end = () => {
    done = true;
  };
  promise.then(end, end);
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

describe('ChaosCache', () => {
  it('fails before it applied', async () => {
    const { cache, inner } = chaos({ failBefore: 1 });
    const error = await cache.set('k', value).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ChaosError);
    expect(error).toBeInstanceOf(CacheError);
    expect(error).toMatchObject({ name: 'ChaosError', code: 'ERR_CHAOS', operation: 'set', applied: false });
    expect(isCacheError(error)).toBe(true);
    expect(await inner.get('k')).toBeUndefined();
    expect(cache.injected).toEqual({ failBefore: 1, failAfter: 0, duplicate: 0, hang: 0, delay: 0 });
  });

  it('fails after it applied', async () => {
    const { cache, inner } = chaos({ failAfter: 1 });
    await expect(cache.set('k', value)).rejects.toMatchObject({ code: 'ERR_CHAOS', applied: true });
    expect(await inner.get('k')).toEqual(value);
  });

  it('applies twice, and gives the second answer', async () => {
    const { cache } = chaos({ duplicate: 1 });
    expect(await cache.leases?.getOrLease('k', { duration: '1m' })).toMatchObject({ kind: 'busy' });
    expect(cache.injected.duplicate).toBe(1);
  });

  it('does not repeat the steps of a listing, nor a listener', async () => {
    const { cache, inner } = chaos({ duplicate: 1 });
    await inner.set('a', value);
    await inner.set('b', value);
    const keys: string[] = [];
    for await (const key of cache.prefixes?.keys('') ?? []) keys.push(key);
    expect(keys.sort()).toEqual(['a', 'b']);
    const heard: string[] = [];
    const sink = { keys: (all: readonly string[]) => void heard.push(...all), all() {}, up() {}, down() {} };
    await cache.invalidations?.listen(sink);
    await inner.remove('a');
    expect(heard).toEqual(['a']);
    expect(cache.injected.duplicate).toBe(0);
  });

  it('delays through its clock, within the range', async () => {
    const { cache, clock, inner } = chaos({ delay: { probability: 1, ms: [100, 200] } });
    const done = cache.set('k', value);
    clock.advance(99);
    expect(await settled(done)).toBe(false);
    expect(await inner.get('k')).toBeUndefined();
    clock.advance(101);
    await done;
    expect(await inner.get('k')).toEqual(value);
    expect(cache.injected.delay).toBe(1);
  });

  it('stores the bytes of the call, also when it is late', async () => {
    const { cache, clock, inner } = chaos({ delay: { probability: 1, ms: 50 } });
    const bytes = Uint8Array.of(1, 2, 3);
    const done = cache.set('k', bytes);
    bytes.fill(0);
    clock.advance(50);
    await done;
    expect(await inner.get('k')).toEqual(value);
  });

  it('ends a delay at an abort, and leaves no timer', async () => {
    const { cache, clock, inner } = chaos({ delay: { probability: 1, ms: 1_000 } });
    const controller = new AbortController();
    const done = cache.set('k', value, { signal: controller.signal });
    controller.abort('why');
    await expect(done).rejects.toBe('why');
    expect(clock.pending).toBe(0);
    clock.advance(1_000);
    expect(await inner.get('k')).toBeUndefined();
  });

  it('hangs until the signal is aborted', async () => {
    const { cache, clock } = chaos({ hang: 1 });
    const controller = new AbortController();
    const hanging = cache.get('k');
    const aborted = cache.get('k', { signal: controller.signal });
    clock.advance(1e9);
    expect(await settled(Promise.race([hanging, aborted]))).toBe(false);
    const reason = new Error('why');
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect(await settled(hanging)).toBe(false);
    expect(cache.injected.hang).toBe(2);
  });

  it('gives the same faults for the same seed and calls, and others for another seed', async () => {
    const faults = async (seed: number | undefined) => {
      const { cache } = chaos({ seed, failBefore: 0.5 });
      const outcomes: boolean[] = [];
      for (let i = 0; i < 100; i++)
        outcomes.push(
          await cache.get('k').then(
            () => true,
            () => false,
          ),
        );
      return outcomes;
    };
    expect(await faults(7)).toEqual(await faults(7));
    expect(await faults(undefined)).toEqual(await faults(1));
    expect(await faults(7)).not.toEqual(await faults(8));
    const failed = (await faults(7)).filter((ok) => !ok).length;
    expect(failed).toBeGreaterThan(30);
    expect(failed).toBeLessThan(70);
  });

  it('keeps later faults the same when another fault is turned on', async () => {
    const faults = async (failAfter: number) => {
      const { cache } = chaos({ seed: 3, failBefore: 0.3, failAfter });
      for (let i = 0; i < 100; i++) await cache.get('k').catch(() => {});
      return cache.injected.failBefore;
    };
    expect(await faults(0.5)).toBe(await faults(0));
  });

  it('can be changed at run time; what is not named stays', async () => {
    const { cache } = chaos({ failBefore: 1 });
    cache.configure({ failAfter: 1 });
    await expect(cache.get('k')).rejects.toMatchObject({ applied: false });
    cache.configure({ failBefore: 0 });
    await expect(cache.get('k')).rejects.toMatchObject({ applied: true });
    cache.configure({ failAfter: 0, delay: undefined });
    expect(await cache.get('k')).toBeUndefined();
  });

  it.each([
    [{ failBefore: 1.5 }, /^failBefore: expected a number from 0 to 1, got 1\.5\.$/],
    [{ failAfter: -0.1 }, /^failAfter: /],
    [{ duplicate: Number.NaN }, /^duplicate: .+ got NaN\.$/],
    [{ hang: 2 }, /^hang: /],
    [{ delay: { probability: 2, ms: 1 } }, /^delay\.probability: /],
    [{ delay: { probability: 1, ms: -1 } }, /^delay\.ms: .+ got -1\.$/],
    [{ delay: { probability: 1, ms: [5, 1] as const } }, /^delay\.ms: .+ got \[5, 1\]\.$/],
    [{ delay: { probability: 1, ms: 2 ** 31 } }, /^delay\.ms: /],
    [{ seed: 0.5 }, /^seed: expected an integer, got 0\.5\.$/],
  ])('refuses %j', (options, message) => {
    const { cache, inner } = chaos();
    const expected = expect.objectContaining({
      name: 'RangeError',
      code: 'ERR_INVALID_OPTION',
      message: expect.stringMatching(message),
    });
    expect(() => new ChaosCache(inner, options)).toThrow(expected);
    if (!('seed' in options)) expect(() => cache.configure(options)).toThrow(expected);
  });

  it('shares loads with the cache that it wraps', async () => {
    const { cache, inner } = chaos();
    let runs = 0;
    const load = async () => {
      runs++;
      await Promise.resolve();
      return 'value';
    };
    expect(await Promise.all([getOrCreate(cache, 'k', load), getOrCreate(inner, 'k', load)])).toEqual([
      'value',
      'value',
    ]);
    expect(runs).toBe(1);
  });

  it('is named after what it wraps, and closes it undisturbed', async () => {
    const { cache, inner } = chaos({ failBefore: 1, hang: 1 });
    expect(cache.name).toBe('chaos(memory)');
    await cache.close();
    await expect(inner.get('k')).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' });
    await cache[Symbol.asyncDispose]();
  });

  it('tells its listener', async () => {
    const types: string[] = [];
    const { cache } = chaos({ onEvent: ({ type, cache: name }) => types.push(`${name} ${type}`) });
    await setString(cache, 'k', 'value');
    expect(await getString(cache, 'k')).toBe('value');
    expect(types).toEqual(['chaos(memory) set', 'chaos(memory) hit']);
  });
});
