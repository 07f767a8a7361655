import { redisMany } from './redis-hits.mjs';

export const title = 'Redis: setMany of 100, JSON of 1 KB';
export const unit = 'us';
export const needsRedis = true;

export const prepare = (library) => redisMany(library, 'setMany');
