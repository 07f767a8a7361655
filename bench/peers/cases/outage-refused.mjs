import { freePort } from '../../redis-server.mjs';
import { during, outage } from './outages.mjs';

export const title = 'Redis was never there: the slowest of 200 calls with default settings';
export { isCount, rounds, unit, warmUps } from './outages.mjs';

export const prepare = (library) =>
  outage(library, async () =>
    during(library, `redis://127.0.0.1:${await freePort()}`, { used: false, goAway: () => {} }),
  );
