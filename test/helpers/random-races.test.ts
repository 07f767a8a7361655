import { type DistributedCache, decorate, getOrCreate, prefixed, removeByPrefix } from 'distributed-cache';
import { createTestCache } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/testing/random.js';
import { settle } from './tools.js';

/**
 * One random history of calls, removals, aborts and timeouts on one key, in which each operation of the backend is
 * executed, and answered, in an order of its own. Gives what went wrong.
 */
async function history(seed: number, faults: boolean): Promise<string[]> {
  const random = seededRandom(seed);
  const pick = <T>(list: T[]) => list.splice(Math.floor(random() * list.length), 1)[0] as T;
  const { cache: memory, clock } = createTestCache();
  const steps: (() => void)[] = [];
  const cache: DistributedCache = decorate(memory, {
    around: <Result>(_: unknown, next: () => Promise<Result>) =>
      new Promise<Result>((resolve, reject) => {
        steps.push(() => {
          if (faults && random() < 0.1) return reject(new Error('not sent'));
          const result = next();
          result.catch(() => {});
          steps.push(() => {
            if (faults && random() < 0.1) reject(new Error('answer lost'));
            else result.then(resolve, reject);
          });
        });
      }),
  });
  const view = prefixed(cache, 'p:');
  const wrong: string[] = [];
  const sources: (() => void)[] = [];
  // What the source holds, and the oldest of it that a call beginning now may get.
  let version = 0;
  let floor = 0;
  let open = 0;

  const factory = () =>
    new Promise<number | null>((resolve, reject) => {
      const loaded = version;
      sources.push(() => {
        const fate = random();
        if (fate < 0.1) reject(new Error('source'));
        else resolve(fate < 0.2 ? null : loaded);
      });
    });
  const call = () => {
    const oldest = floor;
    const leaving = new AbortController();
    if (random() < 0.4) sources.push(() => leaving.abort(new Error('left')));
    const options = { signal: leaving.signal, timeout: random() < 0.2 ? 50 : undefined };
    open++;
    (random() < 0.5 ? getOrCreate(cache, 'p:k', factory, options) : getOrCreate(view, 'k', factory, options))
      .then(
        (value) => {
          if (value !== null && value < oldest) wrong.push(`a call got ${value}, which was removed before ${oldest}`);
        },
        (error: Error) => {
          if (!/^(source|left|not sent|answer lost|getOrCreate of .* took longer)/.test(error.message))
            wrong.push(String(error));
        },
      )
      .finally(() => open--);
  };
  const remove = () => {
    const removed = ++version;
    const way = random();
    open++;
    const removing: Promise<unknown> =
      way < 0.4
        ? cache.remove('p:k')
        : way < 0.6
          ? removeByPrefix(view, '')
          : way < 0.8
            ? memory.remove('p:k')
            : memory.clear();
    removing
      .then(
        () => {
          floor = Math.max(floor, removed);
        },
        () => {},
      )
      .finally(() => open--);
  };

  for (let i = 0; i < 60 || open > 0; i++) {
    if (i > 3_000) return [...wrong, 'a call never ended'];
    const what = random();
    if (i < 60 && what < 0.3) call();
    else if (i < 60 && what < 0.4) remove();
    else if (what < 0.8 && steps.length > 0) pick(steps)();
    else if (what < 0.95 && sources.length > 0) pick(sources)();
    else clock.advance(random() < 0.2 ? 60 : 5);
    if (random() < 0.5) await settle();
  }
  for (; steps.length > 0; await settle()) pick(steps)();
  const shared = globalThis as unknown as Record<symbol, { flights: WeakMap<object, Map<string, unknown>> }>;
  if (shared[Symbol.for('distributed-cache.loading.1')]?.flights.get(memory)?.size) wrong.push('a flight was left');
  const lease = await memory.leases.getOrLease('p:k', { duration: 10 });
  if (!faults && lease.kind === 'busy') wrong.push('a lease was left');
  return wrong;
}

describe('random histories of calls and removals', () => {
  // RACES=20000 RACES_FROM=1 runs more of them, or one again by its seed.
  const from = Number(process.env.RACES_FROM ?? 1);
  const count = Number(process.env.RACES ?? 500);

  it.each([
    ['a backend that answers', false],
    ['a backend that fails before and after applying', true],
  ])(
    'give no removed value, leave nothing behind, and end, on %s',
    async (_, faults) => {
      for (let seed = from; seed < from + count; seed++) {
        expect(await history(seed, faults), `seed ${seed}`).toEqual([]);
      }
    },
    300_000,
  );
});
