import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

/** GET /products/1 · GET /products?category=lighting · PATCH /products/1 */
export function catalogueServer(catalogue) {
  return createServer(async (request, response) => {
    try {
      const answer = await route(catalogue, request);
      send(response, answer == null ? 404 : 200, answer ?? { error: 'not found' });
    } catch (error) {
      console.error(error);
      send(response, 500, { error: 'internal error' });
    }
  });
}

async function route(catalogue, request) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/products' && request.method === 'GET') return catalogue.list(searchParams.get('category') ?? '');
  const id = /^\/products\/(\w+)$/.exec(pathname)?.[1];
  if (id === undefined) return undefined;
  if (request.method === 'GET') return catalogue.find(id);
  if (request.method === 'PATCH') return catalogue.update(id, await json(request));
  return undefined;
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
