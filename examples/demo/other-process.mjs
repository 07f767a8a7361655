// A process that knows nothing but where Redis is. It reads what it is told to, with a source and a cache of its own.
import { RedisCache } from 'distributed-cache/redis';
import { Countries } from './countries.mjs';
import { CountrySource } from './source.mjs';

const [connection, instanceName] = process.argv.slice(2);
const source = new CountrySource();
const cache = new RedisCache({ connection, instanceName });
const countries = new Countries(cache, source);
await cache.ready();

process.on('message', async ({ code, callers }) => {
  const callsBefore = source.calls;
  const started = performance.now();
  const [country] = await Promise.all(Array.from({ length: callers }, () => countries.find(code)));
  const ms = performance.now() - started;
  process.send({ name: country.name.common, ms, calls: source.calls - callsBefore });
});
process.once('disconnect', () => cache.close());
process.send('ready');
