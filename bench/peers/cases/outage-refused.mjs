import { freePort } from '../../redis-server.mjs';
import { during } from './outages.mjs';

export const title = 'Redis was never there: the slowest of 200 calls with default settings';
export const unit = 'ms';
export const isCount = true;
export const rounds = 1;
export const warmUps = 0;

export function prepare(library) {
  if ((library.tiered ?? library.redis) === undefined || library.isBound) return undefined;
  return async () => {
    const port = await freePort();
    return during(library, `redis://127.0.0.1:${port}`, { used: false, goAway: () => {} });
  };
}
