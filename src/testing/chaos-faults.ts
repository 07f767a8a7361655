import { rangeError, typeError } from './options.js';

/** How long a delay of a `ChaosCache` is, and how likely. */
export interface ChaosDelay {
  /** 0 (never) to 1 (always). */
  readonly probability: number;
  /** Milliseconds, or the shortest and the longest: each delay is drawn evenly between them. */
  readonly ms: number | readonly [shortest: number, longest: number];
}

/** How likely each fault is, for each operation on its own: 0 (never) to 1 (always). */
export interface ChaosFaults {
  /** The operation fails and was not carried out. @default 0 */
  readonly failBefore?: number | undefined;
  /** The operation is carried out, then fails: a reply that got lost. @default 0 */
  readonly failAfter?: number | undefined;
  /**
   * The operation is carried out twice, and the second answer is given: a client that sent it again. Not for `keys`
   * and `listen`, which are not sent but held open.
   *
   * @default 0
   */
  readonly duplicate?: number | undefined;
  /** The operation is not carried out and never settles, unless its signal is aborted. @default 0 */
  readonly hang?: number | undefined;
  /** The operation is carried out later. @default never */
  readonly delay?: ChaosDelay | undefined;
}

/** {@link ChaosFaults} with every fault given. */
export type AllFaults = { readonly [Name in keyof ChaosFaults]-?: NonNullable<ChaosFaults[Name]> };

const probabilities = ['failBefore', 'failAfter', 'duplicate', 'hang'] as const;

export const noFaults: AllFaults = Object.freeze({
  failBefore: 0,
  failAfter: 0,
  duplicate: 0,
  hang: 0,
  delay: Object.freeze({ probability: 0, ms: 0 }),
});

/** `faults` with `changes` made; what is not named, or `undefined`, stays. @throws TypeError, RangeError */
export function changedFaults(faults: AllFaults, changes: ChaosFaults): AllFaults {
  const changed = { ...faults };
  for (const name of probabilities) changed[name] = probability(changes[name] ?? faults[name], name);
  const { delay } = changes;
  if (delay === undefined) return changed;
  if (typeof delay !== 'object' || delay === null) throw typeError('delay', 'an object { probability, ms }', delay);
  const [shortest, longest] = range(delay.ms);
  return {
    ...changed,
    delay: { probability: probability(delay.probability, 'delay.probability'), ms: [shortest, longest] },
  };
}

/** The shortest and the longest delay. @throws RangeError */
export function range(ms: ChaosDelay['ms']): readonly [number, number] {
  const [shortest, longest] = Array.isArray(ms) ? (ms as readonly [number, number]) : [Number(ms), Number(ms)];
  if (!(shortest >= 0 && shortest <= longest && longest < 2 ** 31)) {
    throw rangeError('delay.ms', 'milliseconds from 0 to 2^31 - 1, or [shortest, longest]', ms);
  }
  return [shortest, longest];
}

function probability(value: number, option: string): number {
  if (!(typeof value === 'number' && value >= 0 && value <= 1)) throw rangeError(option, 'a number from 0 to 1', value);
  return value;
}
