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

  /**
   * The server's time after which a command must refuse itself that has to be carried out by `end`, a reading of the
   * monotonic clock (protocol rule 7); `''` before the server told any.
   */
  notAfter(end: number): string {
    return this.#told === undefined ? '' : String(Math.floor(this.#told + end - this.#heardAt));
  }
}
