// The product catalogue as a Node service. aspnet/Program.cs is the same one in ASP.NET Core, on the same Redis and table.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { failOpen, HybridCache } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { Database } from './database.mjs';

const { REDIS: connection, INSTANCE_NAME: instanceName = 'shop:', PRODUCTS: table } = process.env;
const database = new Database(table);
const tags = ['products'];

const cache = new HybridCache({
  // The requests of the story are counted one by one, also where the machine is busy. The default is 250 ms.
  distributed: failOpen(new RedisCache({ connection, instanceName }), { deadline: '1s' }),
  ownsDistributed: true,
  // Redis tells of what others change, so copies in this process may live as long as the entries do.
  defaults: { expiration: '5m' },
});
await cache.ready();

const routes = {
  'GET /products': () => cache.getOrCreate('products', () => database.list(), { tags }),
  'GET /products/:id': (id) => cache.getOrCreate(`product:${id}`, () => database.find(id), { tags }),
  async 'PATCH /products/:id'(id, request) {
    const product = await database.update(id, await json(request));
    // First the table, then the cache.
    if (product !== undefined) await cache.remove([`product:${id}`, 'products']);
    return product;
  },
  // Not by the tag, though Node would do with it: a process of .NET asks for a tag's time once, and would not hear of this
  // removal until it restarts (dotnet/extensions#7411). Of keys that are gone it hears.
  'DELETE /products': () => cache.removeByPrefix('product'),
  'GET /queries': () => ({ queries: database.queries, localHits: cache.stats.localHits }),
};

const server = createServer(async (request, response) => {
  try {
    const { pathname } = new URL(request.url, 'http://localhost');
    const id = /^\/products\/(\w+)$/.exec(pathname)?.[1];
    const route = routes[`${request.method} ${id === undefined ? pathname : '/products/:id'}`];
    const answer = await route?.(id, request);
    if (request.method === 'DELETE' && route !== undefined) response.writeHead(204).end();
    else if (answer == null) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});
server.listen(0, '127.0.0.1', () => console.log(`Now listening on: http://127.0.0.1:${server.address().port}`));

// It ends when its standard input does, so that it never outlives the example that started it.
process.stdin.resume().once('end', async () => {
  server.close();
  server.closeAllConnections();
  await cache.close();
});
