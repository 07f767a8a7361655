import { startOwnServer } from '../../redis-server.mjs';
import { during } from './outages.mjs';

export const title = 'Redis is frozen (SIGSTOP): the slowest of 200 calls with default settings';
export const unit = 'ms';
export const isCount = true;
export const rounds = 1;
export const warmUps = 0;

export function prepare(library) {
  if ((library.tiered ?? library.redis) === undefined || library.isBound) return undefined;
  return async () => {
    const server = await startOwnServer();
    try {
      return await during(library, server.url, { used: true, goAway: () => server.signal('SIGSTOP') });
    } finally {
      await server.stop();
    }
  };
}
