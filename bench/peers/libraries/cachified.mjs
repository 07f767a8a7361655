import { cachified } from '@epic-web/cachified';
import { LRUCache } from 'lru-cache';

export const packageName = '@epic-web/cachified';

export function local({ maxEntries }) {
  const cache = new LRUCache({ max: maxEntries });
  return {
    getOrCreate: (key, factory) => cachified({ key, cache, ttl: 3_600_000, getFreshValue: factory }),
  };
}
