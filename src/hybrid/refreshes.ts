import { LRUCache } from 'lru-cache';
import type { Flight } from './protocol/flight.js';

// After a refresh that came to nothing the next one waits so long, in ms: twice as long each time, up to a minute.
const firstPause = 1_000;
const longestPause = 60_000;
/** How many keys' pauses are remembered; a forgotten one may be refreshed at once. */
const maxPauses = 10_000;

interface Pause {
  readonly ms: number;
  /** By the monotonic clock, in ms. */
  readonly until: number;
}

/** Which keys are being refreshed in the background, and which have to wait since that failed. */
export class Refreshes {
  readonly #underWay = new Map<string, Flight>();
  readonly #pauses = new LRUCache<string, Pause>({ max: maxPauses });
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** When the next one may begin, by the monotonic clock; `undefined`: now. */
  notBefore(key: string): number | undefined {
    if (this.#underWay.has(key)) return Infinity;
    const pause = this.#pauses.get(key);
    return pause === undefined || pause.until <= this.#now() ? undefined : pause.until;
  }

  begun(flight: Flight): void {
    this.#underWay.set(flight.key, flight);
  }

  /** @returns When the next one may begin, after one that came to nothing. */
  ended(flight: Flight): number | undefined {
    const { key } = flight;
    if (this.#underWay.get(key) !== flight) return undefined;
    this.#underWay.delete(key);
    if (flight.isFresh) {
      this.#pauses.delete(key);
      return undefined;
    }
    const last = this.#pauses.get(key);
    const ms = Math.min(longestPause, last === undefined ? firstPause : last.ms * 2);
    const until = this.#now() + ms;
    this.#pauses.set(key, { ms, until });
    return until;
  }
}
