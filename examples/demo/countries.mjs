import { getOrCreate, prefixed, removeMany } from 'distributed-cache';

/** The code under demonstration: two reads and an update. It does not know which cache it was given. */
export class Countries {
  #cache;
  #source;

  constructor(cache, source) {
    this.#cache = prefixed(cache, 'countries:');
    this.#source = source;
  }

  find(code, expiration = { relativeExpiration: '5m' }) {
    return getOrCreate(this.#cache, `one:${code}`, ({ signal }) => this.#source.find(code, signal), expiration);
  }

  region(name) {
    return getOrCreate(this.#cache, `region:${name}`, ({ signal }) => this.#source.region(name, signal), {
      relativeExpiration: '5m',
    });
  }

  async update(code, change) {
    const country = await this.#source.update(code, change);
    await removeMany(this.#cache, [`one:${code}`, `region:${country.region}`]);
  }
}
