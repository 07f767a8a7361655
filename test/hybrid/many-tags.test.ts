import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { LocalBackend } from '../../src/hybrid/local-backend.js';
import { Tags } from '../../src/hybrid/protocol/tags.js';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const million = 1_000_000;

/** How much memory `body` leaves behind, in bytes. */
async function growth(body: () => Promise<unknown>): Promise<number> {
  await body();
  collect();
  const before = process.memoryUsage().heapUsed;
  await body();
  collect();
  return process.memoryUsage().heapUsed - before;
}

describe('a million distinct tags', () => {
  it('of entries are not all remembered, and a forgotten one is read again', async () => {
    let reads = 0;
    const tags = new Tags({
      times: async (asked) => {
        reads += asked.length;
        return asked.map(() => undefined);
      },
      trust: () => Infinity,
      now: () => 0,
    });
    const look = (i: number) => tags.look([`tag:${i}`], 1n);
    let next = 0;
    const grown = await growth(async () => {
      for (let i = 0; i < million / 2; i++) await look(next++);
    });
    // Half a million of them would take some 50 MB.
    expect(grown).toBeLessThan(4_000_000);
    expect(reads).toBe(million + 1);
    expect(await look(0)).toBe(true);
    expect(reads).toBe(million + 2);
    expect(tags.judge([`tag:${million - 1}`], 1n)).toBe('valid');
  }, 60_000);

  it('that are removed where nothing is behind make no entry valid again', async () => {
    const backend = new LocalBackend();
    const created = backend.now();
    let next = 0;
    const grown = await growth(async () => {
      for (let i = 0; i < million / 2; i++) await backend.raise(`tag:${next++}`);
    });
    expect(grown).toBeLessThan(4_000_000);
    for (const tag of ['tag:0', `tag:${million / 2}`, `tag:${million - 1}`, 'never removed'])
      expect(backend.timeOf(tag)).toBeGreaterThan(created);
    // What was stored after the removals that are not told apart counts, and of the latest each is known.
    const [last, before] = [backend.timeOf(`tag:${million - 1}`), backend.timeOf(`tag:${million - 2}`)];
    expect(last - before).toBe(1n);
    expect(backend.timeOf('tag:0')).toBeLessThan(backend.timeOf(`tag:${million - 50_000}`));
  }, 60_000);
});
