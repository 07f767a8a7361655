/**
 * What the time of the server is at least: the last time that it told, and what has gone by here since. Counted by the
 * monotonic clock, so that a change of this machine's clock moves nothing.
 */
export class ServerClock {
  #told: number | undefined;
  #heardAt = 0;

  /** The server told its time, in ms since the epoch. */
  heard(ms: number): void {
    this.#told = ms;
    this.#heardAt = performance.now();
  }

  /** Milliseconds since the epoch; `undefined` before the server told any. */
  now(): number | undefined {
    return this.#told === undefined ? undefined : this.#told + performance.now() - this.#heardAt;
  }

  /** The time after which a command that is given `ms` to be carried out must refuse itself (protocol rule 7). */
  notAfter(ms: number): string {
    const now = this.now();
    return now === undefined ? '' : String(Math.floor(now + ms));
  }
}
