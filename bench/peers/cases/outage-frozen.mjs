import { startOwnServer } from '../../redis-server.mjs';
import { during, outage } from './outages.mjs';

export const title = 'Redis is frozen (SIGSTOP): the slowest of 200 calls with default settings';
export { isCount, rounds, unit, warmUps } from './outages.mjs';

export const prepare = (library) =>
  outage(library, async () => {
    const server = await startOwnServer();
    try {
      return await during(library, server.url, { used: true, goAway: () => server.signal('SIGSTOP') });
    } finally {
      await server.stop();
    }
  });
