import type { Flight } from './flight.js';
import type { Found, Loaded, Stale } from './values.js';

/** What a flight is doing: the rows of the state table. */
export type FlightState = 'reading' | 'acquiring' | 'tagRead' | 'loading' | 'committing' | 'waiting' | 'ended';

/** What a judgement of tags says; `'cold'`: a tag's time has to be read first. */
export type Verdict = 'valid' | 'invalid' | 'cold';

/**
 * Why a value past its end is given to a caller. `'throttled'`: its factory failed a short while ago. `'allowed'`: it only reads, and takes
 * such a value.
 */
export type StaleReason = 'failed' | 'timeout' | 'throttled' | 'allowed';

/** What flights make happen. Each answers by the method that is named; none of them answers in the same turn. */
export interface FlightActions {
  /** A plain read, answered by `wasRead`, or `notAnswered`. */
  read(flight: Flight): void;
  /** Asks for the value or a lease, answered by `wasAcquired`, or `notAnswered`. */
  acquire(flight: Flight, replace: Uint8Array | undefined, mine: string | undefined): void;
  /** What is known of the tags now. */
  judge(value: Stale): Verdict;
  /** Reads the tags' times, answered by `tagsRead` or `notAnswered`. */
  lookAtTags(flight: Flight, value: Found): void;
  /** Runs the factory, answered by `wasLoaded` or `loadFailed`. */
  load(flight: Flight): void;
  /** Answered by `wasCommitted`. */
  commit(flight: Flight, token: string, value: Loaded): void;
  release(flight: Flight, token: string): void;
  /** The copy of this process, past its end or not. */
  copyOf(key: string): Stale | undefined;
  /** Reads the times of its tags, answered by `staleJudged`. */
  lookAtStale(flight: Flight, value: Stale, reason: StaleReason): void;
  /** Whether nobody is to load it again yet. */
  isThrottled(value: Found): boolean;
  /** Has this process not load it again for a while. */
  throttle(flight: Flight, value: Stale): void;
  /** Stores it again, so that no process loads it for a while. Answered by `wasCommittedAgain`. */
  commitAgain(flight: Flight, token: string, value: Found): void;
  /** A caller gets it. */
  staleServed(flight: Flight, reason: StaleReason): void;
  /** Answered by `timeIsUp`. */
  wait(flight: Flight, ms: number): void;
  /** Nobody waits for that any more. */
  stopWaiting(flight: Flight): void;
  /** A tier had the value. */
  hit(flight: Flight): void;
  missed(flight: Flight): void;
  /** Whether so much of its life is over that it is to be refreshed. */
  isDue(value: Found): boolean;
  /** Refreshes what was found and is due, in the background. */
  refresh(flight: Flight, value: Found): void;
  /** Puts the value into the local tier. */
  keep(flight: Flight, value: Found): void;
  /** The same, for a value that the distributed tier does not hold, or whose changes are not heard. */
  keepForAWhile(flight: Flight, value: Found): void;
  /** The flight of this key that loads under the token. */
  loading(key: string, token: string): Flight | undefined;
  /** The token of the load of this key that is under way in this process, for the question whether it still holds. */
  tokenOf(key: string, asker: Flight): string | undefined;
  ended(flight: Flight): void;
}
