import { expect, it } from 'vitest';
import { kept, leavesNoProcessBehind } from '../servers/kept.js';
import { instanceName, startRedis } from '../servers/redis-server.js';
import { describeWithRedis } from '../servers/requirement.js';
import { until } from '../servers/waiting.js';
import { startWorkers, type Worker } from './workers.js';

leavesNoProcessBehind();

const tenMinutes = 600_000;

describeWithRedis('processes whose clocks are ten minutes apart', () => {
  async function two(skew: number) {
    const { url } = await kept(startRedis());
    const prefix = instanceName();
    const [right] = (await startWorkers(1, url, prefix)) as [Worker];
    const [wrong] = (await startWorkers(1, url, prefix, { skew })) as [Worker];
    const difference = ((await wrong.run('now', {})) as number) - Date.now();
    expect(Math.abs(difference - skew)).toBeLessThan(60_000);
    return { right, wrong };
  }
  const options = { tags: ['t'], expiration: '1m', localExpiration: '1m' };
  const get = (worker: Worker) => worker.run('get', { key: 'k' });
  const load = (worker: Worker, value: string) => worker.run('load', { key: 'k', value, options });
  const isHeld = (worker: Worker, value: string) =>
    until(async () => {
      await get(worker);
      return (await worker.run('peek', { key: 'k' })) === value;
    }, `${value} is held`);

  it.each([
    ['ahead', tenMinutes, 'wrong', 'right'],
    ['ahead', tenMinutes, 'right', 'wrong'],
    ['behind', -tenMinutes, 'wrong', 'right'],
    ['behind', -tenMinutes, 'right', 'wrong'],
  ] as const)(
    'lose no removal by tag, and nothing that is stored after it: one is %s (%i ms), the %s one stores, the %s one removes',
    async (_, skew, stores, removes) => {
      const both = await two(skew);
      const [storing, removing] = [both[stores], both[removes]];
      for (const how of ['set', 'load'] as const) {
        const store = (value: string) =>
          how === 'set' ? storing.run('set', { key: 'k', value, options }) : load(storing, value);
        await store('old');
        // What lives for a minute is not over by a clock that is ten minutes on, in neither tier.
        await isHeld(storing, 'old');
        await isHeld(removing, 'old');
        await removing.run('removeByTag', { tag: 't' });
        expect((await get(removing)) ?? null).toBeNull();
        await until(async () => ((await get(storing)) ?? null) === null, 'the other one has heard of it');
        await store('new');
        await isHeld(storing, 'new');
        await isHeld(removing, 'new');
        expect(await load(removing, 'never')).toBe('new');
        await removing.run('removeByTag', { tag: 't' });
        await until(async () => ((await get(storing)) ?? null) === null, 'the other one has heard of it');
      }
    },
  );
});
