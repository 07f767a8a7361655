import { expect, it } from 'vitest';
import { readTicks, ticksBytes } from '../../../src/core/ticks.js';
import { leavesNoProcessBehind } from '../servers/kept.js';
import { describeWithSharedRedis } from '../servers/requirement.js';
import { until } from '../servers/waiting.js';
import { rawClient } from '../tools.js';
import { twoOver } from './tools.js';

leavesNoProcessBehind();

// .NET removes by a tag with its own time and a plain HMSET: one that comes late stores an earlier time than is there.
describeWithSharedRedis('the time of a tag that a foreign writer lowers', ({ url }) => {
  async function lowered() {
    const { one, other, prefix } = await twoOver({ connection: url });
    const raw = await rawClient(url);
    const tagKey = `${prefix}__MSFT_HCT__t`;
    await one.cache.set('first', 'value');
    const earlier = one.distributed.timestamps?.now() as bigint;
    await one.cache.set('k', 'old', { tags: ['t'] });
    await one.cache.removeByTag('t');
    const time = async () => readTicks((await raw.command('HGET', tagKey, 'data')) as Buffer) as bigint;
    const removed = await time();
    await raw.command('HMSET', tagKey, 'absexp', '-1', 'sldexp', '-1', 'data', Buffer.from(ticksBytes(earlier)));
    return { one, other, raw, tagKey, time, removed };
  }

  it('brings nothing back in the process that removed by it', async () => {
    const { one } = await lowered();
    expect(await one.cache.get('k')).toBeUndefined();
    expect(await one.cache.getOrCreate('k', () => 'new', { tags: ['t'] })).toBe('new');
  });

  it('is raised again for the others', async () => {
    const { one, other, time, removed } = await lowered();
    await one.cache.get('k');
    await until(async () => (await time()) >= removed, 'the time is as late as it was');
    await until(async () => (await other.cache.get('k')) === undefined, 'it is gone in the other process');
    // What is stored from now on counts.
    await other.cache.set('k', 'new', { tags: ['t'] });
    for (const { cache } of [one, other])
      await until(async () => (await cache.get('k')) === 'new', 'the new one counts');
  });

  it('brings nothing back of what was set in the millisecond of the removal', async () => {
    const { one, prefix } = await twoOver({ connection: url });
    const raw = await rawClient(url);
    for (let i = 0; i < 50; i++) {
      const [key, tag] = [`k${i}`, `t${i}`];
      await Promise.all([one.cache.set(key, 'old', { tags: [tag] }), one.cache.get('another')]);
      await one.cache.removeByTag(tag);
      const stored = { absexp: '-1', sldexp: '-1', data: Buffer.from(ticksBytes(1n)) };
      await raw.command('HMSET', `${prefix}__MSFT_HCT__${tag}`, ...Object.entries(stored).flat());
      expect(await one.cache.get(key)).toBeUndefined();
    }
  });

  it('is not missed where it is gone: only what was stored before is', async () => {
    const { one, raw, tagKey } = await lowered();
    await raw.command('UNLINK', tagKey);
    expect(await one.cache.get('k')).toBeUndefined();
    await one.cache.set('k', 'new', { tags: ['t'] });
    expect(await one.cache.get('k')).toBe('new');
    expect(await raw.command('EXISTS', tagKey)).toBe(0);
  });
});
