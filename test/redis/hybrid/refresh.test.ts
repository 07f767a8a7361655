import { expect, it } from 'vitest';
import { kept, leavesNoProcessBehind } from '../servers/kept.js';
import { instanceName, startRedis } from '../servers/redis-server.js';
import { describeWithRedis } from '../servers/requirement.js';
import { startWorkers } from './workers.js';

leavesNoProcessBehind();

describeWithRedis('eager refresh by several processes', () => {
  it('runs one factory for each refresh, and no caller waits for it', async () => {
    const server = await kept(startRedis());
    const defaults = { expiration: '1500ms', eagerRefresh: 0.5 } as const;
    const workers = await startWorkers(4, server.url, instanceName(), { defaults });
    const begun = performance.now();
    const results = await Promise.all(
      workers.map(
        (worker) =>
          worker.run('load for', { key: 'k', ms: 4_000, factoryMs: 50 }) as Promise<{ calls: number; slow: number }>,
      ),
    );
    const lasted = performance.now() - begun;
    const runs = workers.flatMap(({ factories }) => factories).length;
    // The first load, and one each 750 ms, of which a busy machine may miss some.
    expect(runs).toBeGreaterThanOrEqual(3);
    expect(runs).toBeLessThanOrEqual(2 + Math.ceil(lasted / 750));
    expect(results.reduce((sum, { calls }) => sum + calls, 0)).toBeGreaterThan(1_000);
    // Only those of the first load wait for a factory.
    for (const { slow } of results) expect(slow).toBeLessThanOrEqual(1);
  });
});
