import { describe, expect, it } from 'vitest';
import { Tags } from '../../../src/hybrid/protocol/tags.js';
import { deferred } from '../deferred.js';

/** Tags whose times are read when the test says so. */
function knowing(times: Record<string, bigint>, trust = Infinity) {
  const clock = { now: 0 };
  const asked: string[][] = [];
  const answers: ReturnType<typeof deferred<void>>[] = [];
  const tags = new Tags({
    async times(wanted) {
      asked.push([...wanted]);
      const found = wanted.map((tag) => times[tag]);
      const answer = deferred<void>();
      answers.push(answer);
      await answer.promise;
      return found;
    },
    trust: () => trust,
    now: () => clock.now,
  });
  const answer = async <T>(work: Promise<T>): Promise<T> => {
    answers.shift()?.resolve();
    return work;
  };
  return { tags, asked, answer, clock, times };
}

describe('the times of tags', () => {
  it('make what was created at the very time of a removal invalid, and only that or what is older (5)', async () => {
    const { tags, answer } = knowing({ t: 10n });
    expect(tags.judge(['t'], 10n)).toBe('cold');
    expect(await answer(tags.look(['t'], 10n))).toBe(false);
    expect([9n, 10n, 11n].map((created) => tags.judge(['t'], created))).toEqual(['invalid', 'invalid', 'valid']);
    expect(await tags.look(['t'], 11n)).toBe(true);
  });

  it('of * hold for every entry', async () => {
    const { tags, answer } = knowing({ '*': 10n });
    expect(await answer(tags.look([], 10n))).toBe(false);
    expect([10n, 11n].map((created) => tags.judge([], created))).toEqual(['invalid', 'valid']);
  });

  it('are read together, and once for all who ask at once', async () => {
    const { tags, asked, answer } = knowing({});
    const both = [tags.look(['a', 'b'], 1n), tags.look(['b', 'a'], 1n)];
    expect(await answer(Promise.all(both))).toEqual([true, true]);
    expect(asked).toEqual([['a', 'b', '*']]);
    expect(tags.judge(['a', 'b'], 1n)).toBe('valid');
  });

  it('do not count where the tag was removed since they were asked for: they are read again (18)', async () => {
    const { tags, asked, answer, times } = knowing({ t: 1n });
    const look = tags.look(['t'], 5n);
    times.t = 10n;
    tags.changed('t');
    await answer(Promise.resolve());
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toHaveLength(2);
    expect(await answer(look)).toBe(false);
  });

  it('are cold after a removal was heard of', async () => {
    const { tags, answer } = knowing({});
    await answer(tags.look(['t'], 1n));
    const { version } = tags;
    tags.changed('t');
    expect(tags.version).toBeGreaterThan(version);
    expect(tags.judge(['t'], 1n)).toBe('cold');
    await answer(tags.look(['t'], 1n));
    tags.allChanged();
    expect(tags.judge([], 1n)).toBe('cold');
  });

  it('are known for the bound where nothing tells of removals, and not at all while the channel is down', async () => {
    const bounded = knowing({}, 5_000);
    await bounded.answer(bounded.tags.look(['t'], 1n));
    bounded.clock.now = 4_999;
    expect(bounded.tags.judge(['t'], 1n)).toBe('valid');
    bounded.clock.now = 5_000;
    expect(bounded.tags.judge(['t'], 1n)).toBe('cold');
    const down = knowing({}, 0);
    expect(await down.answer(down.tags.look(['t'], 1n))).toBe(true);
    expect(down.tags.judge(['t'], 1n)).toBe('cold');
  });
});
