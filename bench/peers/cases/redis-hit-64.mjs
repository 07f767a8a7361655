import { redisHits } from './redis-hits.mjs';

export const title = 'Redis hits, JSON of 1 KB, 64 callers at once';
export const unit = 'us';
export const needsRedis = true;

export const prepare = (library) => redisHits(library, { callers: 64, bytes: 1_000 });
