import { describe, expect, it } from 'vitest';
import { Bench, found, loaded } from './flight-bench.js';

// The table "State of a key in one process" of the protocol, a describe for each row and a test for each column. What is marked is
// not kept and can't be joined.

const marks = {
  'a key message': (bench: Bench) => bench.flight.keyMessage(),
  'an own set or removal': (bench: Bench) => bench.flight.ownOperation(false),
};

describe.each(['reading', 'acquiring', 'tagRead'] as const)('%s', (state) => {
  const value = (bench: Bench) => {
    if (state === 'reading') bench.flight.wasRead(found('read'));
    else if (state === 'tagRead') bench.flight.tagsRead(found('read'), true);
    else bench.flight.wasAcquired({ kind: 'hit', value: new Uint8Array() }, found('read'));
  };

  it('is joined, and what it finds is kept and given', () => {
    const bench = Bench.in(state);
    expect(bench.flight.joinable).toBe('yes');
    bench.call('second');
    value(bench);
    expect(bench.did()).toEqual(['hit', 'keep read', 'ended']);
    expect(bench.got).toEqual(['first: read', 'second: read']);
  });

  it.each(Object.entries(marks))('is marked by %s: what it finds is given, not kept, and nobody joins', (_, mark) => {
    const bench = Bench.in(state);
    mark(bench);
    expect(bench.flight.joinable).toBe('no');
    value(bench);
    expect(bench.did()).toEqual(['hit', 'ended']);
    expect(bench.got).toEqual(['first: read']);
  });

  it('asks for a lease where a tag has made invalid what it finds', () => {
    const bench = Bench.in(state);
    bench.verdict = 'invalid';
    if (state === 'tagRead') bench.flight.tagsRead(found('read'), false);
    else value(bench);
    expect(bench.did().filter((action) => action !== 'missed')).toEqual(['acquire']);
    expect(bench.flight.state).toBe('acquiring');
  });

  it('asks for nothing where nobody waits any more', () => {
    const bench = new Bench();
    const caller = bench.call('first');
    bench.flight.start();
    bench.flight.leave(caller, new Error('left'));
    bench.flight.wasRead({ start: undefined });
    expect(bench.did()).toEqual(['read', 'missed', 'ended']);
  });
});

describe('acquiring', () => {
  it('granted: the factory runs', () => {
    const bench = Bench.in('acquiring');
    bench.grant();
    expect(bench.did()).toEqual(['load']);
    expect([bench.flight.joinable, bench.flight.grantedAt]).toEqual(['yes', 7n]);
  });

  it.each(Object.entries(marks))('granted after %s: the factory runs, and nobody joins (14)', (_, mark) => {
    const bench = Bench.in('acquiring');
    mark(bench);
    bench.grant();
    expect(bench.did()).toEqual(['load']);
    expect(bench.flight.joinable).toBe('no');
    // The mark was of the grant: what is loaded now may be stored.
    bench.flight.wasLoaded(loaded('new'), true);
    expect(bench.did()).toEqual(['commit token new']);
  });

  it('busy: it waits; after a message it asks again', () => {
    const bench = Bench.in('acquiring');
    bench.flight.wasAcquired({ kind: 'busy', remaining: 50 }, undefined);
    expect(bench.did()).toEqual(['wait 50']);
    const marked = Bench.in('acquiring');
    marked.flight.keyMessage();
    marked.flight.wasAcquired({ kind: 'busy', remaining: 50 }, undefined);
    expect(marked.did()).toEqual(['acquire']);
  });

  it.each([
    [false, 'late'],
    [true, 'no'],
  ] as const)('own: its callers move there, as late ones (marked: %s)', (isMarked, joinable) => {
    const bench = Bench.in('loading');
    const load = bench.flight;
    load.keyMessage();
    const asking = bench.another();
    bench.own = load;
    bench.call('second', asking);
    asking.wasRead({ start: undefined });
    expect(bench.did()).toEqual(['missed', 'acquire token']);
    if (isMarked) asking.keyMessage();
    asking.wasAcquired({ kind: 'own', remaining: 20 }, undefined);
    expect([asking.state, load.joinable]).toEqual(['ended', joinable]);
    bench.verdict = 'invalid';
    load.wasLoaded(loaded('loaded'), true);
    load.wasCommitted(loaded('loaded'), true);
    // Who came late is not given what a tag has made invalid.
    expect(bench.got).toEqual(['first: loaded']);
    expect(load.state).toBe('acquiring');
  });

  it('none: it is loaded without a lease, and kept for a while only', () => {
    const bench = Bench.in('acquiring');
    bench.flight.wasAcquired({ kind: 'none' }, undefined);
    bench.flight.wasLoaded(loaded('loaded'), true);
    expect(bench.did()).toEqual(['load', 'keepForAWhile loaded', 'ended']);
  });

  it('not answered: the same', () => {
    const bench = Bench.in('acquiring');
    bench.flight.notAnswered(new Error('away'));
    bench.flight.wasLoaded(loaded('loaded'), true);
    expect(bench.did()).toEqual(['load', 'keepForAWhile loaded', 'ended']);
    expect(bench.got).toEqual(['first: loaded']);
  });

  it('granted after all have gone: the lease is released', () => {
    const bench = Bench.in('acquiring');
    bench.flight.abandon(new Error('closed'));
    bench.grant();
    expect(bench.did()).toEqual(['ended', 'release token']);
  });
});

describe('loading', () => {
  it('is joined; the value is committed, and kept once it is stored', () => {
    const bench = Bench.in('loading');
    bench.call('second');
    bench.flight.wasLoaded(loaded('loaded'), true);
    expect(bench.did()).toEqual(['commit token loaded']);
    expect(bench.got).toEqual([]);
    bench.flight.wasCommitted(loaded('loaded'), true);
    expect(bench.did()).toEqual(['keep loaded', 'ended']);
    expect(bench.got).toEqual(['first: loaded', 'second: loaded']);
  });

  it('after a key message nobody joins; what came before the commit does not matter if that is accepted (9)', () => {
    const bench = Bench.in('loading');
    bench.flight.keyMessage();
    expect(bench.flight.joinable).toBe('no');
    bench.flight.wasLoaded(loaded('loaded'), true);
    bench.flight.wasCommitted(loaded('loaded'), true);
    expect(bench.did()).toEqual(['commit token loaded', 'keep loaded', 'ended']);
  });

  it('after an own set or removal it commits nothing, and gives the lease back', () => {
    const bench = Bench.in('loading');
    bench.flight.ownOperation(false);
    bench.flight.wasLoaded(loaded('loaded'), true);
    expect(bench.did()).toEqual(['release token', 'ended']);
    expect(bench.got).toEqual(['first: loaded']);
  });

  it.each(['t', '*'])('after the removal of its tag %s later callers are late (20)', (tag) => {
    const bench = Bench.in('loading');
    bench.flight.tagEvent('another tag');
    expect(bench.flight.joinable).toBe('yes');
    bench.flight.tagEvent(tag);
    expect(bench.flight.joinable).toBe('late');
    bench.call('late');
    bench.verdict = 'invalid';
    bench.flight.wasLoaded(loaded('loaded'), true);
    bench.flight.wasCommitted(loaded('loaded'), true);
    expect(bench.got).toEqual(['first: loaded']);
    expect(bench.did().at(-1)).toBe('acquire');
  });

  it('late callers are given what the tags let pass, after a look where they are cold', () => {
    const bench = Bench.in('loading');
    bench.flight.tagEvent('t');
    bench.call('late');
    bench.verdict = 'cold';
    bench.flight.wasLoaded(loaded('loaded'), true);
    bench.flight.wasCommitted(loaded('loaded'), true);
    expect(bench.did()).toEqual(['commit token loaded', 'keep loaded', 'lookAtTags loaded']);
    bench.flight.tagsRead(loaded('loaded'), true);
    expect(bench.got).toEqual(['first: loaded', 'late: loaded']);
  });

  it('failed: the lease is released, and all get the error', () => {
    const bench = Bench.in('loading');
    bench.call('second');
    bench.flight.loadFailed(new Error('source'));
    expect(bench.did()).toEqual(['release token', 'ended']);
    expect(bench.got).toEqual(['first fails: source', 'second fails: source']);
  });

  it.each([
    ['what is not stored, like undefined', (bench: Bench) => bench.flight.wasLoadedAs(undefined)],
    ['what is past a limit', (bench: Bench) => bench.flight.wasLoaded(loaded('too long'), false)],
  ])('%s: given, kept nowhere, the lease released', (_, load) => {
    const bench = Bench.in('loading');
    load(bench);
    expect(bench.did()).toEqual(['release token', 'ended']);
    expect(bench.got).toHaveLength(1);
  });

  it('all have gone: the signal is aborted, the lease released', () => {
    const bench = new Bench();
    const caller = bench.call('first');
    bench.flight.start();
    bench.flight.wasRead({ start: undefined });
    bench.grant();
    bench.did();
    const { signal } = bench.flight;
    bench.flight.leave(caller, new Error('left'));
    expect(signal.aborted).toBe(true);
    expect(bench.did()).toEqual(['release token', 'ended']);
  });
});

describe('committing', () => {
  it.each(Object.entries(marks))('%s: what is stored is given, and not kept', (_, mark) => {
    const bench = Bench.in('committing');
    mark(bench);
    bench.flight.wasCommitted(loaded('loaded'), true);
    expect(bench.did()).toEqual(['ended']);
    expect(bench.got).toEqual(['first: loaded']);
  });

  it('refused: given, and not kept', () => {
    const bench = Bench.in('committing');
    bench.flight.wasCommitted(loaded('loaded'), false);
    expect(bench.did()).toEqual(['ended']);
    expect(bench.got).toEqual(['first: loaded']);
  });
});

describe('waiting', () => {
  it.each([
    ['a key message', (bench: Bench) => bench.flight.keyMessage(), ['stopWaiting', 'acquire']],
    ['its timer', (bench: Bench) => bench.flight.timeIsUp(), ['stopWaiting', 'acquire']],
    ['an own set or removal', (bench: Bench) => bench.flight.ownOperation(false), []],
  ] as const)('%s', (_, event, actions) => {
    const bench = Bench.in('waiting');
    bench.call('second');
    event(bench);
    expect(bench.did()).toEqual(actions);
    expect(bench.flight.state).toBe(actions.length > 0 ? 'acquiring' : 'waiting');
  });

  it('all have gone: it ends', () => {
    const bench = Bench.in('waiting');
    bench.flight.abandon(new Error('closed'));
    expect(bench.did()).toEqual(['stopWaiting', 'ended']);
    expect(bench.got).toEqual(['first fails: closed']);
  });
});

describe('a refresh of what still counts', () => {
  function refreshing(state: 'acquiring' | 'loading') {
    const bench = new Bench();
    bench.flight.refresh(bench.plan, found('due'));
    if (state === 'loading') bench.grant();
    bench.did();
    return bench;
  }

  it('asks for a lease over what was read, and loads without anybody who waits', () => {
    const bench = new Bench();
    bench.flight.refresh(bench.plan, found('due'));
    expect(bench.did()).toEqual(['acquire']);
    bench.grant();
    bench.flight.wasLoaded(loaded('new'), true);
    bench.flight.wasCommitted(loaded('new'), true);
    expect(bench.did()).toEqual(['load', 'commit token new', 'keep new', 'ended']);
  });

  it('reads first where nothing was read, and ends where that is not due', () => {
    const bench = new Bench();
    bench.flight.refresh(bench.plan, undefined);
    bench.flight.wasRead(found('newer'));
    expect(bench.did()).toEqual(['read', 'hit', 'keep newer', 'ended']);
  });

  it('asks for a lease where what was read is due', () => {
    const bench = new Bench();
    bench.isDue = true;
    bench.flight.refresh(bench.plan, undefined);
    bench.flight.wasRead(found('due'));
    expect(bench.did()).toEqual(['read', 'acquire']);
  });

  it.each(['busy', 'own'] as const)('ends where the lease is another’s: %s', (kind) => {
    const bench = refreshing('acquiring');
    bench.flight.wasAcquired({ kind, remaining: 50 }, undefined);
    expect(bench.did()).toEqual(['ended']);
  });

  it('ends where no lease is to be had, or nobody answers', () => {
    const none = refreshing('acquiring');
    none.flight.wasAcquired({ kind: 'none' }, undefined);
    expect(none.did()).toEqual(['ended']);
    const silent = refreshing('acquiring');
    silent.flight.notAnswered(new Error('down'));
    expect(silent.did()).toEqual(['ended']);
  });

  it('is not joined, but by those whose lease it is; from then on it is a load like any other', () => {
    const bench = refreshing('loading');
    expect(bench.flight.joinable).toBe('no');
    const other = bench.another();
    bench.own = bench.flight;
    bench.call('late', other);
    other.start();
    other.wasRead({ start: undefined });
    other.wasAcquired({ kind: 'own', remaining: 50 }, undefined);
    bench.own = undefined;
    expect(bench.flight.joinable).toBe('late');
    bench.did();
    // What it loaded is older than a tag's removal: it asks again, for the late caller, and waits for another's load.
    bench.verdict = 'invalid';
    bench.flight.wasLoaded(loaded('old'), true);
    bench.flight.wasCommitted(loaded('old'), true);
    bench.flight.wasAcquired({ kind: 'busy', remaining: 50 }, undefined);
    expect(bench.did()).toEqual(['commit token old', 'keep old', 'acquire', 'wait 50']);
    bench.verdict = 'valid';
    bench.flight.timeIsUp();
    bench.flight.wasAcquired({ kind: 'hit', value: new Uint8Array() }, found('new'));
    expect(bench.got).toEqual(['late: new']);
  });
});

describe('what a factory says of its value', () => {
  it('is forgotten when the flight loads again', () => {
    const bench = Bench.in('loading');
    bench.flight.tagEvent('t');
    bench.call('late');
    bench.flight.adapted = { ...bench.flight.policy, expiration: 5 };
    bench.flight.isNotToBeStored = true;
    bench.verdict = 'invalid';
    bench.flight.wasLoaded(loaded('old'), false);
    bench.grant();
    expect(bench.flight.adapted).toBeUndefined();
    expect(bench.flight.isNotToBeStored).toBe(false);
  });

  it('may be tags: any removal makes later callers late', () => {
    const bench = Bench.in('loading');
    bench.flight.tagEvent('of nobody');
    expect(bench.flight.joinable).toBe('yes');
    bench.flight.plan = { ...bench.plan, adapt: () => undefined };
    bench.flight.tagEvent('of nobody');
    expect(bench.flight.joinable).toBe('late');
  });
});
