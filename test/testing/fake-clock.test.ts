import { FakeClock, fakeClockStart } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';

describe('FakeClock', () => {
  it('starts at 2030-01-01T00:00:00Z, or where it is told to', () => {
    expect(new Date(new FakeClock().now()).toISOString()).toBe('2030-01-01T00:00:00.000Z');
    expect(new FakeClock().now()).toBe(fakeClockStart);
    expect(new FakeClock(5).now()).toBe(5);
  });

  it('runs timers that become due at their own times, in the order of their times', () => {
    const clock = new FakeClock(0);
    const ran: [string, number][] = [];
    const record = (name: string) => () => ran.push([name, clock.now()]);
    clock.setTimeout(record('late'), 30);
    clock.setTimeout(record('first of two'), 20);
    clock.setTimeout(record('second of two'), 20);
    clock.setTimeout(record('early'), 10);
    clock.setTimeout(record('later than this'), 41);
    clock.advance(40);
    expect(ran).toEqual([
      ['early', 10],
      ['first of two', 20],
      ['second of two', 20],
      ['late', 30],
    ]);
    expect(clock.now()).toBe(40);
    expect(clock.pending).toBe(1);
  });

  it('runs timers that timers set meanwhile', () => {
    const clock = new FakeClock(0);
    const times: number[] = [];
    const again = () => {
      times.push(clock.now());
      if (times.length < 4) clock.setTimeout(again, 10);
    };
    clock.setTimeout(again, 10);
    clock.advance(35);
    expect(times).toEqual([10, 20, 30]);
    clock.advance(5);
    expect(times).toEqual([10, 20, 30, 40]);
    expect(clock.pending).toBe(0);
  });

  it('does not run what was cancelled, also by another timer', () => {
    const clock = new FakeClock(0);
    const ran: string[] = [];
    const second = clock.setTimeout(() => ran.push('second'), 2);
    clock.setTimeout(() => clock.clearTimeout(second), 1);
    clock.clearTimeout(clock.setTimeout(() => ran.push('cancelled'), 1));
    clock.advance(10);
    expect(ran).toEqual([]);
    clock.clearTimeout(undefined);
  });

  it('lets a timer of 0 or less wait for the next advance', () => {
    const clock = new FakeClock(0);
    let ran = 0;
    clock.setTimeout(() => ran++, 0);
    clock.setTimeout(() => ran++, -5);
    expect(ran).toBe(0);
    clock.advance(0);
    expect(ran).toBe(2);
    expect(clock.now()).toBe(0);
  });

  it.each([-1, Number.NaN, Infinity])('refuses to advance by %s', (ms) => {
    const clock = new FakeClock(0);
    expect(() => clock.advance(ms)).toThrow(
      expect.objectContaining({ name: 'RangeError', code: 'ERR_INVALID_OPTION' }),
    );
    expect(clock.now()).toBe(0);
  });

  it.each([2 ** 31, Number.NaN])('refuses a timer of %s ms, as the platforms have none', (ms) => {
    expect(() => new FakeClock().setTimeout(() => {}, ms)).toThrow(
      expect.objectContaining({ name: 'RangeError', code: 'ERR_INVALID_OPTION' }),
    );
  });

  it('refuses a start that no Date can hold', () => {
    expect(() => new FakeClock(9e15)).toThrow(RangeError);
    expect(() => new FakeClock(Number.NaN)).toThrow(/^start: expected .+, got NaN\.$/);
  });
});
