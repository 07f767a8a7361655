import fc from 'fast-check';

/** One operation, of both sides. */
export type Step =
  | {
      readonly type: 'set';
      readonly key: string;
      readonly value: Uint8Array;
      /** ms from now; less than 1 ms is refused. */
      readonly absolute: number | undefined;
      readonly relativeMs: number | undefined;
      readonly slidingMs: number | undefined;
    }
  | { readonly type: 'get' | 'refresh' | 'remove'; readonly key: string }
  | { readonly type: 'wait'; readonly ms: number };

const minute = 60_000;

/** Times that are refused, that may end within a run, and that do not. What takes a step's own time would be a matter of chance. */
const span = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.integer({ min: -1_000, max: 0 }) },
  { weight: 2, arbitrary: fc.integer({ min: 300, max: 3_000 }) },
  { weight: 4, arbitrary: fc.integer({ min: 30, max: 600 }).map((seconds) => seconds * 1_000) },
  { weight: 2, arbitrary: fc.integer({ min: minute, max: 100 * minute }) },
  { weight: 1, arbitrary: fc.integer({ min: 365 * 24 * 60 * minute, max: 10 * 365 * 24 * 60 * minute }) },
);

const key = fc.constantFrom('a', 'b', 'ключ', '');

const set = fc.record({
  type: fc.constant('set' as const),
  key,
  value: fc.uint8Array({ maxLength: 12 }),
  absolute: span,
  relativeMs: span,
  slidingMs: span,
});

const one = fc.record({ type: fc.constantFrom('get' as const, 'refresh' as const, 'remove' as const), key });
const read = fc.record({ type: fc.constant('get' as const), key });
const wait = fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40 }) });

/** Some hundred operations, at most 200. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: set },
    { weight: 4, arbitrary: read },
    { weight: 4, arbitrary: one },
    { weight: 1, arbitrary: wait },
  ),
  { minLength: 1, maxLength: 200, size: 'max' },
);
