import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/hybrid/protocol/caller.js';
import type { Found } from '../../../src/hybrid/protocol/values.js';
import { Bench, found, loaded } from './flight-bench.js';

// What a load falls back on: which value, for whom, and when not any more.

const stale = (value: unknown): Found => ({ ...found(value), isStale: true, staleUntil: 100, expiresAt: -Infinity });
const fails = new Error('source');

/** A load over a value past its end, with one caller that takes such a value. */
function loading(hasValue = true): { bench: Bench; first: Caller } {
  const bench = new Bench();
  const first = bench.call('first', bench.flight, true);
  bench.flight.start();
  bench.flight.wasRead(stale('old'));
  expect(bench.did()).toEqual(['read', 'keep old', 'missed', 'acquire']);
  bench.grant(bench.flight, hasValue);
  expect(bench.did()).toEqual(['load']);
  return { bench, first };
}

describe('a value past its end that was read', () => {
  it('is stored again under the lease where the factory fails, and given when that is answered', () => {
    const { bench } = loading();
    bench.call('plain');
    bench.flight.loadFailed(fails);
    expect(bench.did()).toEqual(['throttle old', 'commitAgain token old']);
    expect(bench.got).toEqual(['plain fails: source']);
    bench.flight.wasCommittedAgain(stale('old'), true);
    expect(bench.did()).toEqual(['keep old', 'staleServed failed', 'ended']);
    expect(bench.got).toEqual(['plain fails: source', 'first: old']);
  });

  it('is given, and kept no more, where a message came while it was stored, or it was not', () => {
    for (const isStored of [true, false]) {
      const { bench } = loading();
      bench.flight.loadFailed(fails);
      bench.did();
      if (isStored) bench.flight.keyMessage();
      bench.flight.wasCommittedAgain(stale('old'), isStored);
      expect(bench.did()).toEqual(['staleServed failed', 'ended']);
      expect(bench.got).toEqual(['first: old']);
    }
  });

  it('is kept where a message came before that', () => {
    const { bench } = loading();
    bench.flight.keyMessage();
    bench.flight.loadFailed(fails);
    bench.flight.wasCommittedAgain(stale('old'), true);
    expect(bench.did()).toContain('keep old');
  });

  it('is not kept where a message came before its reply', () => {
    const bench = new Bench();
    bench.call('first', bench.flight, true);
    bench.flight.start();
    bench.flight.keyMessage();
    bench.flight.wasRead(stale('old'));
    expect(bench.did()).toEqual(['read', 'missed', 'acquire']);
  });

  it('does not count where it is gone by the grant', () => {
    const { bench } = loading(false);
    bench.copy = stale('copy');
    bench.flight.loadFailed(fails);
    expect(bench.got).toEqual(['first fails: source']);
    expect(bench.did()).toEqual(['release token', 'ended']);
  });

  it('does not count after an own set or removal, but after an own expire', () => {
    const { bench } = loading();
    bench.flight.ownOperation(false);
    bench.flight.loadFailed(fails);
    expect(bench.got).toEqual(['first fails: source']);
    const other = loading().bench;
    other.flight.ownOperation(true);
    other.flight.loadFailed(fails);
    expect(other.got).toEqual(['first: old']);
    // Its lease has ended.
    expect(other.did()).not.toContain('commitAgain token old');
  });

  it('does not count for a load without a lease, which may be joined after its removal: then the copy here does', () => {
    const begun = () => {
      const bench = new Bench();
      bench.call('first', bench.flight, true);
      bench.flight.start();
      bench.flight.wasRead(stale('old'));
      bench.flight.notAnswered(new Error('down'));
      bench.call('second', bench.flight, true);
      bench.did();
      return bench;
    };
    const bench = begun();
    bench.flight.loadFailed(fails);
    expect(bench.got).toEqual(['first fails: source', 'second fails: source']);
    const other = begun();
    other.copy = stale('copy');
    other.flight.loadFailed(fails);
    expect(other.did()).toEqual(['throttle copy', 'ended', 'staleServed failed', 'staleServed failed']);
    expect(other.got).toEqual(['first: copy', 'second: copy']);
  });

  it('is given at once where it is throttled, to those who take it', () => {
    const bench = new Bench();
    bench.isThrottled = true;
    bench.call('first', bench.flight, true);
    bench.flight.start();
    bench.flight.wasRead(stale('old'));
    expect(bench.did()).toEqual(['read', 'keep old', 'staleServed throttled', 'ended']);
    expect(bench.got).toEqual(['first: old']);
    const other = new Bench();
    other.isThrottled = true;
    other.call('first', other.flight, true);
    other.call('plain', other.flight);
    other.flight.start();
    other.flight.wasRead(stale('old'));
    expect(other.got).toEqual(['first: old']);
    expect(other.did()).toEqual(['read', 'keep old', 'staleServed throttled', 'missed', 'acquire']);
  });
});

describe('its tags', () => {
  it('are judged again where the factory fails, and read where they are cold', () => {
    const { bench } = loading();
    bench.verdict = 'cold';
    bench.flight.loadFailed(fails);
    expect(bench.did()).toEqual(['lookAtStale old failed']);
    expect(bench.flight.joinable).toBe('no');
    bench.flight.staleJudged(bench.flight.fallback.current, true, 'failed');
    expect(bench.did()).toEqual(['throttle old', 'commitAgain token old']);
  });

  it.each([
    [
      'have made it invalid',
      (bench: Bench) => bench.flight.staleJudged(bench.flight.fallback.current, false, 'failed'),
    ],
    [
      'were read while an own removal took it away',
      (bench: Bench) => {
        const judged = bench.flight.fallback.current;
        bench.flight.ownOperation(false);
        bench.flight.staleJudged(judged, true, 'failed');
      },
    ],
  ])('%s: the error is the caller’s', (_, judge) => {
    const { bench } = loading();
    bench.verdict = 'cold';
    bench.flight.loadFailed(fails);
    judge(bench);
    expect(bench.got).toEqual(['first fails: source']);
    expect(bench.flight.settled).toBe(true);
  });

  it('have made it invalid: late callers of the value stored again begin anew', () => {
    const { bench } = loading();
    bench.flight.loadFailed(fails);
    bench.own = bench.flight;
    const late = bench.another();
    bench.call('late', late, true);
    late.start();
    late.wasRead({ start: undefined });
    late.wasAcquired({ kind: 'own', remaining: 5 }, undefined);
    bench.verdict = 'invalid';
    bench.own = undefined;
    bench.flight.wasCommittedAgain(stale('old'), true);
    expect(bench.got).toEqual(['first: old']);
    expect(bench.flight.state).toBe('acquiring');
  });
});

describe('a caller that has waited long enough', () => {
  it('gets it while the factory runs, which goes on', () => {
    const { bench, first } = loading();
    bench.call('second', bench.flight, true);
    bench.flight.overdue(first);
    expect(bench.got).toEqual(['first: old']);
    expect(bench.did()).toEqual(['staleServed timeout']);
    bench.flight.overdue(bench.call('third', bench.flight, true));
    bench.flight.wasLoaded(loaded('new'), true);
    bench.flight.wasCommitted(loaded('new'), true);
    expect(bench.got).toEqual(['first: old', 'third: old', 'second: new']);
    const alone = loading();
    alone.bench.flight.overdue(alone.first);
    alone.bench.flight.wasLoaded(loaded('new'), true);
    expect(alone.bench.did()).toEqual(['staleServed timeout', 'commit token new']);
  });

  it('gets it as soon as it is known, where it was not yet', () => {
    const bench = new Bench();
    const first = bench.call('first', bench.flight, true);
    bench.flight.start();
    bench.flight.overdue(first);
    expect(bench.got).toEqual([]);
    bench.flight.wasRead(stale('old'));
    bench.grant(bench.flight, true);
    expect(bench.got).toEqual(['first: old']);
  });

  it('gets the copy that is here while another process loads, and nothing that is not there', () => {
    const bench = Bench.in('waiting');
    const caller = bench.call('second', bench.flight, true);
    bench.flight.overdue(caller);
    expect(bench.got).toEqual([]);
    bench.copy = stale('copy');
    bench.flight.overdue(caller);
    expect(bench.got).toEqual(['second: copy']);
    expect(bench.flight.state).toBe('waiting');
  });

  it('waits no longer for the load of another process than the last caller does', () => {
    const bench = new Bench();
    const first = bench.call('first', bench.flight, true);
    bench.flight.start();
    bench.flight.wasRead({ start: undefined });
    bench.flight.wasAcquired({ kind: 'busy', remaining: 50 }, undefined);
    bench.copy = stale('copy');
    bench.flight.overdue(first);
    expect(bench.flight.settled).toBe(true);
  });

  it('gets nothing that a tag has made invalid, and waits on', () => {
    const { bench, first } = loading();
    bench.verdict = 'cold';
    bench.flight.overdue(first);
    expect(bench.did()).toEqual(['lookAtStale old timeout']);
    bench.flight.staleJudged(bench.flight.fallback.current, false, 'timeout');
    expect(bench.got).toEqual([]);
    bench.flight.wasLoaded(loaded('new'), true);
    // Answered too late.
    bench.flight.staleJudged(bench.flight.fallback.current, true, 'timeout');
    bench.flight.wasCommitted(loaded('new'), true);
    expect(bench.got).toEqual(['first: new']);
  });
});

describe('who only reads', () => {
  const reading = (takesStale: boolean) => {
    const bench = new Bench();
    const caller = bench.caller('reader', takesStale);
    bench.flight.joinReading(caller);
    bench.flight.start();
    return bench;
  };

  it('gets it if it takes such a value, and nothing is loaded', () => {
    const taking = reading(true);
    taking.flight.wasRead(stale('old'));
    expect(taking.got).toEqual(['reader: old']);
    expect(taking.did()).toEqual(['read', 'keep old', 'staleServed allowed', 'ended']);
    const plain = reading(false);
    plain.flight.wasRead(stale('old'));
    expect(plain.got).toEqual(['reader: undefined']);
  });

  it('gets the copy where the distributed cache does not answer', () => {
    for (const [copy, verdict, expected] of [
      [stale('copy'), 'valid', 'reader: copy'],
      [{ ...stale('copy'), isUnheard: true }, 'cold', 'reader: copy'],
      [stale('copy'), 'cold', 'reader fails: down'],
      [undefined, 'valid', 'reader fails: down'],
    ] as const) {
      const bench = reading(true);
      bench.copy = copy;
      bench.verdict = verdict;
      bench.flight.notAnswered(new Error('down'));
      expect(bench.got).toEqual([expected]);
    }
  });
});
