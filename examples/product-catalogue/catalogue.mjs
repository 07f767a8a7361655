import { getOrCreate, prefixed, removeMany } from 'distributed-cache';

const oneKey = (id) => `one:${id}`;
const listKey = (category) => `list:${category}`;

/** The products, read through the cache. All that knows about cache keys is in this file. */
export class Catalogue {
  #cache;
  #database;

  constructor(cache, database) {
    this.#cache = prefixed(cache, 'products:');
    this.#database = database;
  }

  find(id) {
    // A product that does not exist is remembered too, but not for long.
    return getOrCreate(this.#cache, oneKey(id), () => this.#database.find(id), {
      cacheNull: true,
      options: (product) => ({ relativeExpiration: product === null ? '10s' : '5m' }),
    });
  }

  list(category) {
    return getOrCreate(this.#cache, listKey(category), () => this.#database.list(category), {
      relativeExpiration: '1m',
    });
  }

  /** Resolves to the product as it is now; `undefined` if there is none. */
  async update(id, change) {
    const updated = await this.#database.update(id, change);
    if (updated === undefined) return undefined;
    // First the database, then the cache. A load that began before this removal is not stored.
    // A product that moves is in two lists: the one it left, and the one it came to.
    const { before, after } = updated;
    await removeMany(this.#cache, [oneKey(id), listKey(before.category), listKey(after.category)]);
    return after;
  }
}
