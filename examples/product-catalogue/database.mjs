import { setTimeout as sleep } from 'node:timers/promises';

/** Stands for a database: every query takes its time and is counted. */
export class Database {
  queries = 0;
  #products = new Map([
    ['1', { id: '1', name: 'Desk lamp', category: 'lighting', price: 39 }],
    ['2', { id: '2', name: 'Floor lamp', category: 'lighting', price: 120 }],
    ['3', { id: '3', name: 'Bookshelf', category: 'furniture', price: 210 }],
  ]);

  async find(id) {
    await this.#query();
    return this.#products.get(id) ?? null;
  }

  async list(category) {
    await this.#query();
    return [...this.#products.values()].filter((product) => product.category === category);
  }

  /** Resolves to the product as it was and as it is now; `undefined` if there is none. */
  async update(id, change) {
    await this.#query();
    const before = this.#products.get(id);
    if (before === undefined) return undefined;
    const after = { ...before, ...change, id };
    this.#products.set(id, after);
    return { before, after };
  }

  async #query() {
    this.queries++;
    await sleep(25);
  }
}
