import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds } from './print.mjs';

/** Ten readers that read on and on, and what became of their reads in each phase. */
export class Traffic {
  phases = [];
  #source;
  #isOver = false;
  #readers;

  constructor(source, read) {
    this.#source = source;
    this.begin('Redis is up');
    this.#readers = Array.from({ length: 10 }, () => this.#run(read));
  }

  /** From here on reads are counted in a phase of this name. */
  begin(name) {
    this.#leave();
    this.phases.push({ name, reads: 0, failed: 0, slowestMs: 0, callsBefore: this.#source.calls });
    this.#source.slowestMs = 0;
  }

  async end() {
    this.#isOver = true;
    await Promise.all(this.#readers);
    this.#leave();
  }

  print() {
    const row = (name, ...cells) =>
      console.log(`  ${name.padEnd(24)}${cells.map((cell) => String(cell).padStart(14)).join('')}`.trimEnd());
    row('', 'reads', 'failed', 'source calls', 'slowest read', 'slowest call');
    for (const { name, reads, failed, calls, slowestMs, slowestCallMs } of this.phases)
      row(name, reads, failed, calls, milliseconds(slowestMs), calls === 0 ? '' : milliseconds(slowestCallMs));
    console.log('\n  A read is counted where it ends, a source call where it begins.');
  }

  #leave() {
    const last = this.phases.at(-1);
    if (last === undefined) return;
    last.calls = this.#source.calls - last.callsBefore;
    last.slowestCallMs = this.#source.slowestMs;
  }

  async #run(read) {
    while (!this.#isOver) {
      const started = performance.now();
      const ok = await read().then(
        () => true,
        () => false,
      );
      const phase = this.phases.at(-1);
      phase.reads++;
      if (!ok) phase.failed++;
      phase.slowestMs = Math.max(phase.slowestMs, performance.now() - started);
      await sleep(5);
    }
  }
}
