// A product catalogue over HTTP with cache-aside reads. An update invalidates the product and every list it is in.
// The example starts the server, sends it requests, checks the answers, and stops.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { MemoryCache } from 'distributed-cache';
import { Catalogue } from './catalogue.mjs';
import { Database } from './database.mjs';
import { catalogueServer } from './server.mjs';

const database = new Database();
const cache = new MemoryCache({ maxBytes: 16 * 1024 * 1024 });
const server = catalogueServer(new Catalogue(cache, database)).listen(0, '127.0.0.1');
await once(server, 'listening');
const base = `http://127.0.0.1:${server.address().port}`;

/** Sends a request and says what it cost: milliseconds, and queries of the database. */
async function request(what, path, { expectQueries, ...init }) {
  const queriesBefore = database.queries;
  const started = performance.now();
  const response = await fetch(base + path, init);
  const body = await response.json();
  const ms = (performance.now() - started).toFixed(1).padStart(6);
  const queries = database.queries - queriesBefore;
  console.log(
    `${(init.method ?? 'GET').padEnd(5)} ${path.padEnd(28)} ${ms} ms  ${queries === 1 ? '1 query  ' : `${queries} queries`}  ${what}`,
  );
  assert.equal(queries, expectQueries, `${what}: queries`);
  return { status: response.status, body };
}

await request('cold', '/products/1', { expectQueries: 1 });
await request('warm', '/products/1', { expectQueries: 0 });
await request('cold list', '/products?category=lighting', { expectQueries: 1 });
await request('warm list', '/products?category=lighting', { expectQueries: 0 });
await request('cold list of another category', '/products?category=furniture', { expectQueries: 1 });

const change = { method: 'PATCH', body: JSON.stringify({ price: 35 }) };
await request('update', '/products/1', { ...change, expectQueries: 1 });
const product = await request('the product was invalidated', '/products/1', { expectQueries: 1 });
const list = await request('the list too', '/products?category=lighting', { expectQueries: 1 });
assert.equal(product.body.price, 35);
assert.equal(list.body.find(({ id }) => id === '1').price, 35);
await request('the other list is untouched', '/products?category=furniture', { expectQueries: 0 });

const move = { method: 'PATCH', body: JSON.stringify({ category: 'furniture' }) };
await request('the lamp moves to furniture', '/products/2', { ...move, expectQueries: 1 });
const left = await request('the list it left', '/products?category=lighting', { expectQueries: 1 });
const entered = await request('the list it came to', '/products?category=furniture', { expectQueries: 1 });
assert.deepEqual(
  left.body.map(({ id }) => id),
  ['1'],
);
assert.deepEqual(
  entered.body.map(({ id }) => id),
  ['2', '3'],
);

const missing = await request('no such product', '/products/99', { expectQueries: 1 });
assert.equal(missing.status, 404);
await request('remembered as missing', '/products/99', { expectQueries: 0 });

const queriesBefore = database.queries;
await cache.clear();
await Promise.all(Array.from({ length: 50 }, () => fetch(`${base}/products/3`).then((response) => response.json())));
console.log(`50 requests at once for a cold product: ${database.queries - queriesBefore} query`);
assert.equal(database.queries - queriesBefore, 1);

server.close();
server.closeAllConnections();
await once(server, 'close');
await cache.close();
