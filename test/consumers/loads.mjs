// What is loaded when, where ioredis is installed: the core loads neither the Redis entry nor ioredis, and the Redis entry
// loads ioredis for the first operation that needs a connection.
import assert from 'node:assert/strict';
import { register } from 'node:module';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import FakeClient from './fake-client.cjs';
import smoke from './smoke-body.cjs';

const hook = `
  let port;
  export const initialize = (data) => { port = data.port; };
  export async function load(url, context, next) {
    port.postMessage(url);
    return next(url, context);
  }`;
const { port1, port2 } = new MessageChannel();
register(`data:text/javascript,${encodeURIComponent(hook)}`, { data: { port: port2 }, transferList: [port2] });
const urls = [];
function loaded(pattern) {
  for (let each = receiveMessageOnPort(port1); each !== undefined; each = receiveMessageOnPort(port1))
    urls.push(each.message);
  return urls.some((url) => pattern.test(url));
}
const core = /distributed-cache\/dist\/index\.js$/;
const entry = /distributed-cache\/dist\/redis\.js$/;
const client = /node_modules\/ioredis\//;

await smoke(await import('distributed-cache'), await import('distributed-cache/testing'));
assert.ok(loaded(core), 'what is loaded is seen');
assert.ok(!loaded(entry) && !loaded(client), 'the core needs no Redis');

const { parseConnectionString, RedisCache } = await import('distributed-cache/redis');
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
port1.close();
