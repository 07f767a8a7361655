import { ErrorCode, type TimestampOperations } from 'distributed-cache';
import { describe, expect, it } from 'vitest';
import { gated, openBreaker, setUp, text } from './tools.js';

/** Later than any time that a backend gives. */
const afterAll = 2n ** 63n - 1n;
const of = ({ timestamps }: { timestamps?: TimestampOperations | undefined }) => timestamps as TimestampOperations;

describe('times of a backend that is away', () => {
  it('that could not be raised count as later than anything until they are, which is made up for', async () => {
    const { cache, memory, cut, restore, pass } = setUp();
    const before = await of(cache).raise('tag');
    cut();
    expect(await of(cache).raise('tag')).toBe(afterAll);
    restore();
    // Not made up for yet.
    expect(await of(cache).read(['tag', 'other'])).toEqual([afterAll, undefined]);
    expect(await of(memory).read(['tag'])).toEqual([before]);
    await pass(1_000);
    const [time] = await of(cache).read(['tag']);
    expect(await of(memory).read(['tag'])).toEqual([time]);
    expect(time).toBeGreaterThan(before);
    expect(time).toBeLessThan(afterAll);
  });

  it('are made up for after the breaker was open, with the expiration that they were to have', async () => {
    const { cache, memory, cut, restore, pass, clock } = setUp();
    cut();
    await openBreaker(cache);
    await of(cache).raise('tag', { relativeExpiration: '1h' });
    restore();
    await pass(1_000);
    expect((await of(memory).read(['tag']))[0]).toBeDefined();
    clock.advance(3_600_000);
    expect(await of(memory).read(['tag'])).toEqual([undefined]);
  });

  it('are not read: no answer is not the same as no time', async () => {
    const { cache, cut } = setUp();
    await of(cache).raise('tag');
    cut();
    await expect(of(cache).read(['tag'])).rejects.toThrow('A fault was put in');
    await openBreaker(cache);
    await expect(of(cache).read(['tag'])).rejects.toMatchObject({ code: ErrorCode.backendUnavailable });
  });

  it('that no room is left for are refused, so that the caller knows', async () => {
    const { cache, cut } = setUp({ maxRemembered: 2 });
    cut();
    await of(cache).raise('a');
    await of(cache).raise('b');
    await expect(of(cache).raise('c')).rejects.toMatchObject({ code: ErrorCode.backendUnavailable });
    // What is owed already needs no more room.
    expect(await of(cache).raise('a')).toBe(afterAll);
  });

  it('are refused also where the backend only does not answer', async () => {
    const { cache, take, pass } = gated({ maxRemembered: 1 });
    const first = of(cache).raise('a');
    await take('raise');
    const second = expect(of(cache).raise('b')).rejects.toMatchObject({ code: ErrorCode.backendUnavailable });
    await take('raise');
    await pass(300);
    expect(await first).toBe(afterAll);
    await second;
  });

  it('stay owed where one is added while the one before is made up for', async () => {
    const { cache, memory, take, pass, open } = gated();
    const first = of(cache).raise('tag');
    await (await take('raise')).fail();
    expect(await first).toBe(afterAll);
    await pass(1_000);
    const replay = await take('raise');
    await replay.execute();
    const between = (await of(memory).read(['tag']))[0] as bigint;
    const second = of(cache).raise('tag');
    await (await take('raise')).fail();
    await second;
    await replay.answer();
    const reading = of(cache).read(['tag']);
    await (await take('readTimes')).answer();
    expect(await reading).toEqual([afterAll]);
    await open();
    await pass(1_000);
    expect((await of(cache).read(['tag']))[0]).toBeGreaterThan(between);
    expect((await of(cache).read(['tag']))[0]).toBeLessThan(afterAll);
  });

  it('are made up for by a raise that reaches the backend, too', async () => {
    const { cache, cut, restore, pass } = setUp();
    cut();
    await of(cache).raise('tag');
    restore();
    const time = await of(cache).raise('tag');
    expect(time).toBeLessThan(afterAll);
    expect(await of(cache).read(['tag'])).toEqual([time]);
    await pass(2_000);
    expect(await of(cache).read(['tag'])).toEqual([time]);
  });

  it('are made up for by close', async () => {
    const { cache, memory, take } = gated();
    let raised = false;
    const raise = of(cache).raise('tag');
    await (await take('raise')).fail();
    await raise;
    const closing = cache.close();
    const last = await take('raise');
    await last.execute();
    raised = (await of(memory).read(['tag']))[0] !== undefined;
    await last.answer();
    await closing;
    expect(raised).toBe(true);
  });

  it('of a value that could not be stored are 0, and the old value does not come back', async () => {
    const { cache, memory, cut, restore, pass, get } = setUp();
    await memory.set('k', text('old value'));
    cut();
    expect(await of(cache).setStamped('k', text('new value'), 0)).toBe(0n);
    restore();
    expect(await get('k')).toBeUndefined();
    await pass(1_000);
    expect(await memory.get('k')).toBeUndefined();
  });
});
