import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpiryQueue } from '../../src/providers/memory/expiry-queue.js';

const now = 1_893_456_000_123;
const left = fc.oneof(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 365 * 86_400_000 }));

describe('ExpiryQueue', () => {
  it('looks at a key after now and by its deadline, or within a second after a near one', () => {
    fc.assert(
      fc.property(left, (ms) => {
        const slot = new ExpiryQueue().add('k', now + ms, now);
        expect(slot).toBeGreaterThan(now);
        if (ms < 8_000) expect(slot - (now + ms)).toBeGreaterThanOrEqual(0);
        expect(slot).toBeLessThan(now + ms + 1_000);
        // Not so early that a far key is looked at again and again.
        expect(slot).toBeGreaterThanOrEqual(now + ms - ms / 8 - 1_000);
      }),
    );
  });

  it('needs few slots, however many deadlines there are', () => {
    const queue = new ExpiryQueue();
    const slots = new Set<number>();
    for (let i = 1; i <= 100_000; i++) slots.add(queue.add(`k${i}`, now + i * 315_360, now));
    expect(slots.size).toBeLessThan(250);
  });

  it('takes what is due, up to a limit, and nothing that was removed', () => {
    const queue = new ExpiryQueue();
    const slots = ['a', 'b', 'c', 'd'].map((key) => queue.add(key, now + 500, now));
    queue.remove('b', slots[1] as number);
    const due = queue.next();
    expect(queue.take(due - 1, 10)).toEqual([]);
    expect(queue.take(due, 2)).toEqual(['a', 'c']);
    expect(queue.take(due, 2)).toEqual(['d']);
    expect(queue.next()).toBe(Infinity);
  });
});
