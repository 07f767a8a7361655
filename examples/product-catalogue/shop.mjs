import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Catalogue } from './catalogue.mjs';
import { Database } from './database.mjs';
import { catalogueServer } from './server.mjs';

/** A catalogue over HTTP, with a database of its own, and a client that checks what each request cost. */
export class Shop {
  #database = new Database();
  #server;
  #base;

  static async open(cache) {
    const shop = new Shop();
    shop.#server = catalogueServer(new Catalogue(cache, shop.#database)).listen(0, '127.0.0.1');
    await once(shop.#server, 'listening');
    shop.#base = `http://127.0.0.1:${shop.#server.address().port}`;
    return shop;
  }

  get queries() {
    return this.#database.queries;
  }

  async fetch(path, init) {
    const response = await fetch(this.#base + path, init);
    return { status: response.status, body: await response.json() };
  }

  /** Sends a request, says what it cost, and checks how often the database was asked. */
  async request(what, path, { expectQueries, ...init }) {
    const queriesBefore = this.queries;
    const started = performance.now();
    const answer = await this.fetch(path, init);
    const ms = (performance.now() - started).toFixed(1).padStart(6);
    const queries = this.queries - queriesBefore;
    console.log(
      `${(init.method ?? 'GET').padEnd(5)} ${path.padEnd(28)} ${ms} ms  ${queries === 1 ? '1 query  ' : `${queries} queries`}  ${what}`,
    );
    assert.equal(queries, expectQueries, `${what}: queries`);
    assert.notEqual(answer.status, 500, what);
    return answer;
  }

  async close() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
