import { redisSets } from './redis-hits.mjs';

export const title = 'Redis: set, JSON of 1 KB, 8 callers at once';
export const unit = 'us';
export const needsRedis = true;

export const prepare = (library) => redisSets(library, 8);
