import type { Expiration } from './sides.js';

/** One way to let an entry expire, and what must become of it. */
export interface ExpirationRow {
  readonly what: string;
  /** What is given to either side. */
  readonly expiration: (now: number) => Expiration;
  /** Milliseconds from the set to its last moment, whoever touches it; undefined: it has none. */
  readonly end?: number;
  /** Milliseconds that a touch lets it live, up to its end; undefined: a touch changes nothing. */
  readonly window?: number;
}

const minute = 60_000;
// No whole seconds, as absolute times are.
const end = 90_500;
const absolute = (now: number) => ({ absolute: new Date(now + end) });

/** Every combination of .NET's three options. */
export const expirations: readonly ExpirationRow[] = [
  { what: 'no expiration', expiration: () => ({}) },
  { what: 'absolute', expiration: absolute, end },
  { what: 'relative', expiration: () => ({ relativeMs: minute }), end: minute },
  { what: 'relative over absolute', expiration: (now) => ({ ...absolute(now), relativeMs: minute }), end: minute },
  { what: 'sliding', expiration: () => ({ slidingMs: minute }), window: minute },
  {
    what: 'sliding within relative',
    expiration: () => ({ relativeMs: 2 * minute, slidingMs: minute }),
    end: 2 * minute,
    window: minute,
  },
  {
    what: 'sliding within absolute',
    expiration: (now) => ({ ...absolute(now), slidingMs: minute }),
    end,
    window: minute,
  },
  {
    what: 'sliding capped by relative',
    expiration: () => ({ relativeMs: minute, slidingMs: 2 * minute }),
    end: minute,
    window: 2 * minute,
  },
  {
    what: 'sliding capped by absolute',
    expiration: (now) => ({ ...absolute(now), slidingMs: 2 * minute }),
    end,
    window: 2 * minute,
  },
  {
    what: 'sliding capped by relative over absolute',
    expiration: (now) => ({ ...absolute(now), relativeMs: minute, slidingMs: 2 * minute }),
    end: minute,
    window: 2 * minute,
  },
];
