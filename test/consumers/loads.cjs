// The same for CommonJS.
const assert = require('node:assert/strict');
const FakeClient = require('./fake-client.cjs');
const smoke = require('./smoke-body.cjs');

const loaded = (pattern) => Object.keys(require.cache).some((file) => pattern.test(file.replaceAll('\\', '/')));
const core = /distributed-cache\/dist\/index\.cjs$/;
const entry = /distributed-cache\/dist\/redis\.cjs$/;
const client = /node_modules\/ioredis\//;

async function main() {
  await smoke(require('distributed-cache'), require('distributed-cache/testing'));
  assert.ok(loaded(core), 'what is loaded is seen');
  assert.ok(!loaded(entry) && !loaded(client), 'the core needs no Redis');

  const { parseConnectionString, RedisCache } = require('distributed-cache/redis');
  assert.ok(loaded(entry));
  parseConnectionString('127.0.0.1:1,ssl=True');
  const handed = new RedisCache({ connection: new FakeClient() });
  assert.equal(await handed.get('key'), undefined);
  const unopened = new RedisCache({ connection: 'redis://127.0.0.1:1', commandTimeout: '200ms' });
  assert.ok(!loaded(client), 'nothing needs ioredis yet');

  const refused = await unopened.get('key').catch((error) => error);
  assert.ok(loaded(client));
  assert.match(refused.code, /^ERR_(TIMEOUT|BACKEND_UNAVAILABLE)$/);
  await unopened.close();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
