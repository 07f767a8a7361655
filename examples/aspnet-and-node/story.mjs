import assert from 'node:assert/strict';
import { Witness } from './witness.mjs';

/** The product table as the story finds it. */
export const products = [
  { id: '1', name: 'Desk lamp', price: 39 },
  { id: '2', name: 'Floor lamp', price: 120 },
  { id: '3', name: 'Bookshelf', price: 210 },
];

/** One request after the other. Each answer is checked, and how often each service asked the database for it. */
export async function tell(aspNet, node, stored) {
  const ask = new Witness([aspNet, node]).ask;
  const lampAt = (price) => ({ ...products[0], price });
  const listAt = (price) => [lampAt(price), products[1], products[2]];

  console.log('\nWhat one has loaded, the other one reads:');
  await ask(aspNet, 'GET /products/1', { expect: lampAt(39), queries: 1 });
  // HybridCache of .NET answers first and stores then.
  await stored('product:1');
  await ask(node, 'GET /products/1', { expect: lampAt(39), queries: 0 });
  await ask(node, 'GET /products', { expect: listAt(39), queries: 1 });
  await ask(aspNet, 'GET /products', { expect: listAt(39), queries: 0 });
  await ask(node, 'GET /products/99', { status: 404, queries: 1 });
  await ask(aspNet, 'GET /products/99', { status: 404, queries: 0 });

  console.log('\nUpdated in Node, gone in ASP.NET Core:');
  await ask(node, 'PATCH /products/1', { body: { price: 35 }, expect: lampAt(35), queries: 1 });
  await ask(aspNet, 'GET /products/1', { expect: lampAt(35), queries: 1 });
  await ask(aspNet, 'GET /products', { expect: listAt(35), queries: 1 });
  await stored('product:1');
  await stored('products');
  await ask(node, 'GET /products/1', { expect: lampAt(35), queries: 0 });
  await ask(node, 'GET /products', { expect: listAt(35), queries: 0 });

  console.log('\nUpdated in ASP.NET Core, gone in Node, though Node holds it in its own memory:');
  const { localHits } = await node.counts();
  await ask(node, 'GET /products/1', { expect: lampAt(35), queries: 0 });
  assert.equal((await node.counts()).localHits, localHits + 1, 'it was held in the process');
  await ask(aspNet, 'PATCH /products/1', { body: { price: 29 }, expect: lampAt(29), queries: 1 });
  await ask(node, 'GET /products/1', { hears: true, expect: lampAt(29), queries: 1 });
  await ask(aspNet, 'GET /products/1', { expect: lampAt(29), queries: 0 });
  await ask(node, 'GET /products', { hears: true, expect: listAt(29), queries: 1 });

  console.log('\nRemoved by the tag "products" in ASP.NET Core, gone in Node:');
  await ask(aspNet, 'DELETE /products', { status: 204, queries: 0 });
  await ask(node, 'GET /products/1', { hears: true, expect: lampAt(29), queries: 1 });
  await ask(aspNet, 'GET /products/1', { expect: lampAt(29), queries: 0 });

  console.log('\nRemoved by the prefix "product" in Node, gone in ASP.NET Core:');
  await ask(node, 'DELETE /products', { status: 204, queries: 0 });
  await ask(aspNet, 'GET /products/1', { expect: lampAt(29), queries: 1 });
  await stored('product:1');
  await ask(node, 'GET /products/1', { expect: lampAt(29), queries: 0 });
  console.log(
    'Not by the tag: a process of .NET asks for the time of a tag once, and sees no later removal by another process.',
  );
}
