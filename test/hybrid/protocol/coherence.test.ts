import type { InvalidationSink } from 'distributed-cache';
import { FakeClock } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';
import { Coherence } from '../../../src/hybrid/coherence.js';
import { deferred } from '../deferred.js';

/** A channel that the test is the other end of; the bound is 4 s. */
async function channel() {
  const clock = new FakeClock();
  const begun = clock.now();
  const told: string[] = [];
  const proofs: ReturnType<typeof deferred<void>>[] = [];
  let sink: InvalidationSink | undefined;
  let bound = Number.NaN;
  const coherence = new Coherence({
    clock,
    monotonic: () => clock.now() - begun,
    maxStalenessMs: 4_000,
    source: {
      listen: async (given) => {
        sink = given;
        return { [Symbol.asyncDispose]: async () => {} };
      },
      prove() {
        const proof = deferred<void>();
        proofs.push(proof);
        return proof.promise;
      },
    },
    events: {
      keys: () => {},
      everything: () => told.push('everything'),
      lostTouch: () => told.push('lostTouch'),
      bound: (time) => {
        bound = time;
      },
      restored: () => told.push('restored'),
      lost: (reason) => told.push(`lost: ${reason}`),
      failed: () => told.push('failed'),
    },
  });
  coherence.start();
  await settle();
  const channel = sink as InvalidationSink;
  channel.up();
  await settle();
  return {
    clock,
    coherence,
    channel,
    told,
    bound: () => bound,
    /** The oldest proof that is waited for is heard. */
    async hear() {
      proofs.shift()?.resolve();
      await settle();
    },
    async refuse() {
      proofs.shift()?.reject(new Error('not answered'));
      await settle();
    },
    proofs,
  };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the bound', () => {
  it('counts from the sending of a proof, not from its being heard (24)', async () => {
    const { clock, bound, hear, coherence } = await channel();
    clock.advance(900);
    await hear();
    expect(bound()).toBe(4_000);
    clock.advance(100);
    // The second one is sent at 1 s, and takes 700 ms.
    clock.advance(700);
    await hear();
    expect(bound()).toBe(5_000);
    await coherence.close();
  });

  it('is over without a proof, seen by the timer or by who asks, and not before', async () => {
    const { clock, coherence, told } = await channel();
    clock.advance(3_999);
    coherence.silent();
    expect([coherence.state, told]).toEqual(['armed', ['everything', 'restored']]);
    clock.advance(1);
    coherence.silent();
    expect(coherence.state).toBe('down');
    expect(told.slice(2)).toEqual(['lostTouch', 'lost: silence']);
    await coherence.close();
  });

  it('begins again with a proof that is heard, after all was dropped once more', async () => {
    const { clock, coherence, told, hear, refuse, bound } = await channel();
    clock.advance(4_500);
    expect(coherence.state).toBe('down');
    // Sent too long ago to say anything.
    await hear();
    expect(coherence.state).toBe('down');
    clock.advance(1_000);
    await refuse();
    clock.advance(1_000);
    await hear();
    expect(coherence.state).toBe('armed');
    expect(told.slice(-2)).toEqual(['everything', 'restored']);
    expect(bound()).toBe(10_000);
    await coherence.close();
  });

  it('is given up at once where the channel says that it is down, and a proof alone does not bring it back', async () => {
    const { clock, coherence, channel: source, hear, told } = await channel();
    source.down();
    expect(told.at(-1)).toBe('lost: down');
    await hear();
    clock.advance(2_000);
    expect(coherence.state).toBe('down');
    source.up();
    expect(coherence.state).toBe('armed');
    await coherence.close();
  });
});
