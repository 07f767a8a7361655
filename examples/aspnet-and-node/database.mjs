import { readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Stands for the database that both services use: a file, read anew by every query, which takes its time and is counted.
 * There are no transactions. The example asks for one thing after the other, so no two updates meet.
 */
export class Database {
  queries = 0;
  #file;

  constructor(file) {
    this.#file = file;
  }

  async find(id) {
    const table = await this.list();
    return table.find((product) => product.id === id) ?? null;
  }

  async list() {
    this.queries++;
    await sleep(25);
    return JSON.parse(await readFile(this.#file, 'utf8'));
  }

  /** Resolves to the product as it is now; `undefined` if there is none. */
  async update(id, { name, price }) {
    const table = await this.list();
    const product = table.find((each) => each.id === id);
    if (product === undefined) return undefined;
    product.name = name ?? product.name;
    product.price = price ?? product.price;
    // Written aside and moved into place: whoever reads has a whole table, the old one or the new one.
    const aside = `${this.#file}.${process.pid}`;
    await writeFile(aside, JSON.stringify(table));
    await rename(aside, this.#file);
    return product;
  }
}
