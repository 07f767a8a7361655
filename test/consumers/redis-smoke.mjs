import * as core from 'distributed-cache';
import * as redis from 'distributed-cache/redis';
import smoke from './redis-smoke-body.cjs';

await smoke(core, redis);
