import { redisHits } from './redis-hits.mjs';

export const title = 'Redis hit, JSON of 100 B, one by one';
export const unit = 'us';
export const needsRedis = true;

export const prepare = (library) => redisHits(library, { callers: 1, bytes: 100 });
