import type { Duration, EntryOptions } from 'distributed-cache';
import { type ExpectedError, isMissing, rejects, sameBytes } from './assert.js';
import { bytes, type Suite, type Trial } from './context.js';

interface Invalid {
  readonly what: string;
  readonly options: (trial: Trial) => EntryOptions;
  readonly expected: ExpectedError;
}

const durations: readonly (readonly [what: string, duration: unknown])[] = [
  ['zero', 0],
  ['a negative number', -1],
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ["'5 parsecs'", '5 parsecs'],
  ['an empty string', ''],
  ['a negative string', '-5m'],
];

function invalidDurations(option: 'relativeExpiration' | 'slidingExpiration'): Invalid[] {
  const invalid = durations.map(([what, duration]) => {
    const codes = ['ERR_INVALID_DURATION'];
    const says = [option, 'expected', String(duration)];
    const options = () => ({ [option]: duration as Duration });
    return { what: `${option} of ${what}`, options, expected: { type: 'RangeError', codes, says } as const };
  });
  const codes = ['ERR_INVALID_EXPIRATION', 'ERR_INVALID_DURATION'];
  const expected = { type: 'RangeError', codes, says: [option] } as const;
  return [
    ...invalid,
    { what: `${option} that ends beyond the largest Date`, options: () => ({ [option]: 8.64e15 }), expected },
    { what: `${option} of more than any Date`, options: () => ({ [option]: 1e300 }), expected },
  ];
}

const late: ExpectedError = {
  type: 'RangeError',
  codes: ['ERR_INVALID_EXPIRATION'],
  says: ['absoluteExpiration', 'expected'],
};

export const invalidLifetimes: readonly Invalid[] = [
  {
    what: 'absoluteExpiration in the past',
    options: ({ now }) => ({ absoluteExpiration: new Date(now() - 1_000) }),
    expected: late,
  },
  {
    what: 'absoluteExpiration of exactly now',
    options: ({ now }) => ({ absoluteExpiration: new Date(now()) }),
    expected: late,
  },
  {
    what: 'absoluteExpiration in the past beside a relative one',
    options: ({ now }) => ({ absoluteExpiration: new Date(now() - 1_000), relativeExpiration: '1m' }),
    expected: late,
  },
  { what: 'an invalid Date', options: () => ({ absoluteExpiration: new Date(Number.NaN) }), expected: late },
  ...invalidDurations('relativeExpiration'),
  ...invalidDurations('slidingExpiration'),
];

/** Lifetimes that can't be meant: refused before anything is written. */
export function lifetimeValidationCases(suite: Suite): void {
  for (const { what, options, expected } of invalidLifetimes) {
    suite.it(`set rejects ${what} with a RangeError, and stores nothing`, async (trial) => {
      await rejects(() => trial.cache.set('k', bytes('new'), options(trial)), expected, 'set');
      isMissing(await trial.cache.get('k'), 'get afterwards');
    });
    suite.retaining(`${what} leaves the previous entry`, async (trial) => {
      await trial.cache.set('k', bytes('old'));
      await rejects(() => trial.cache.set('k', bytes('new'), options(trial)), expected, 'set');
      sameBytes(await trial.cache.get('k'), bytes('old'), 'get afterwards');
    });
  }
  suite.retaining('a set that is refused leaves the lifetime of the previous entry', async (trial) => {
    await trial.cache.set('k', bytes('old'), { relativeExpiration: trial.units(2) });
    const set = () => trial.cache.set('k', bytes('new'), { relativeExpiration: -1 });
    await rejects(set, { type: 'RangeError', codes: ['ERR_INVALID_DURATION'] }, 'set');
    await trial.wait(1);
    sameBytes(await trial.cache.get('k'), bytes('old'), 'get before its end');
    await trial.wait(2);
    isMissing(await trial.cache.get('k'), 'get after its end');
  });
}
