import { failOpen, MemoryCache } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';

/** The cache of the catalogue, in Redis where there is one. This is the one place that knows what it is. */
export function openCache(redis) {
  if (redis === undefined) return new MemoryCache({ maxBytes: 16 * 1024 * 1024 });
  const { url, instanceName } = redis;
  return failOpen(new RedisCache({ connection: url, instanceName }), {
    // The requests below are counted one by one, also where the machine is busy. The default is 250 ms.
    deadline: '1s',
    onEvent({ type }) {
      if (type === 'breakerOpened' || type === 'breakerClosed' || type.startsWith('removalRe'))
        console.log(`      ${type}`);
    },
  });
}
