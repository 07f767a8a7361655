import assert from 'node:assert/strict';
import { print } from './print.mjs';

/** Runs requests one at a time, prints what each cost, and checks what it was answered from. */
export class Requests {
  hits = 0;
  hitMs = 0;

  constructor(source, statistics) {
    this.source = source;
    this.statistics = statistics;
  }

  async run(what, run, expected, show = (value) => value.name.common) {
    const callsBefore = this.source.calls;
    const { ms, value } = await this.time(run);
    const from = this.source.calls === callsBefore ? 'cache' : 'source';
    print(what, ms, from, value === undefined ? '' : show(value));
    assert.equal(from, expected, `${what}: answered by`);
    return value;
  }

  /** Runs one request without a word. */
  async time(run) {
    const hitsBefore = this.statistics.hits;
    const started = performance.now();
    const value = await run();
    const ms = performance.now() - started;
    if (this.statistics.hits > hitsBefore) {
      this.hits++;
      this.hitMs += ms;
    }
    return { ms, value };
  }
}
