import { checkKey, checkValue, deadlineOf, resolveLifetime, systemClock, throwIfAborted } from 'distributed-cache';

/** A provider without capabilities, over a Map. Put your store in its place. */
export class MapCache {
  name = 'map';
  #entries = new Map();
  #clock;

  constructor({ clock = systemClock } = {}) {
    this.#clock = clock;
  }

  async get(key, options) {
    const entry = this.#touch(key, options);
    return entry && new Uint8Array(entry.value); // a copy: nobody else holds it
  }

  async set(key, value, options) {
    checkKey(key);
    checkValue(value);
    const now = this.#clock.now();
    const lifetime = resolveLifetime(options, now); // throws before anything is written
    throwIfAborted(options?.signal);
    this.#entries.set(key, { ...lifetime, value: new Uint8Array(value), deadline: deadlineOf(lifetime, now) });
  }

  async refresh(key, options) {
    this.#touch(key, options);
  }

  async remove(key, options) {
    checkKey(key);
    throwIfAborted(options?.signal);
    this.#entries.delete(key);
  }

  #touch(key, options) {
    checkKey(key);
    throwIfAborted(options?.signal);
    const entry = this.#entries.get(key);
    const now = this.#clock.now();
    if (entry === undefined || entry.deadline > now) {
      if (entry) entry.deadline = deadlineOf(entry, now); // restarts the sliding window
      return entry;
    }
    this.#entries.delete(key);
  }
}
