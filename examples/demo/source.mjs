import { setTimeout as sleep } from 'node:timers/promises';
import countries from 'world-countries';

/** The countries of the world, as the package world-countries has them (Open Database License 1.0), behind a source that takes its time. */
export class CountrySource {
  calls = 0;
  /** The time of the slowest call since somebody set this to 0. */
  slowestMs = 0;
  #countries = new Map(countries.map((country) => [country.cca3, country]));

  async find(code, signal) {
    await this.#work(signal);
    return this.#countries.get(code) ?? null;
  }

  async region(name, signal) {
    await this.#work(signal);
    return [...this.#countries.values()].filter(({ region }) => region === name).map(summary);
  }

  async update(code, change) {
    await this.#work();
    const country = { ...this.#countries.get(code), ...change };
    this.#countries.set(code, country);
    return country;
  }

  async #work(signal) {
    this.calls++;
    const started = performance.now();
    await sleep(40 + 40 * Math.random(), undefined, { signal });
    this.slowestMs = Math.max(this.slowestMs, performance.now() - started);
  }
}

const summary = ({ cca3, name, capital }) => ({ code: cca3, name: name.common, capital: capital.join(', ') });
