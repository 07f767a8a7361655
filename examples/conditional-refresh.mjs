// A value of an HTTP source that is refreshed before its end, by its ETag: what has not changed is not sent again.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { HybridCache } from 'distributed-cache';

let version = 1;
const answers = [];
const server = createServer((request, response) => {
  const etag = `"v${version}"`;
  const isKnown = request.headers['if-none-match'] === etag;
  answers.push(isKnown ? 304 : 200);
  response.writeHead(isKnown ? 304 : 200, { etag });
  response.end(isKnown ? undefined : `article, version ${version}`);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/article`;

const cache = new HybridCache({ defaults: { expiration: 300, eagerRefresh: 0.5 } });
const article = () =>
  cache.getOrCreate(url, async ({ signal, etag, notModified, modified }) => {
    const headers = etag === undefined ? {} : { 'if-none-match': etag };
    const response = await fetch(url, { headers, signal });
    if (response.status === 304) return notModified();
    return modified(await response.text(), { etag: response.headers.get('etag') ?? undefined });
  });

async function readFor(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    await article();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

await readFor(1_000);
assert.equal(answers.filter((status) => status === 200).length, 1);
assert.ok(answers.filter((status) => status === 304).length >= 3);
console.log(`a second of reads: the article was sent once, and ${answers.length - 1} times the source said 304`);

version = 2;
await readFor(400);
assert.equal(await article(), 'article, version 2');
assert.equal(answers.filter((status) => status === 200).length, 2);
console.log('it was changed: sent once more, and no reader waited');

await cache.close();
server.close();
server.closeAllConnections();
