// The demo: countries of the world from a slow source, with a cache before it. Every number printed is measured in this
// run. Run it with `npm run demo`. It goes on with Redis where there is one.
import { inMemory } from './in-memory.mjs';
import { onRedis } from './on-redis.mjs';

await inMemory();
await onRedis();
