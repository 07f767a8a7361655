import { expect, it } from 'vitest';
import { kept, leavesNoProcessBehind } from '../servers/kept.js';
import { startRedis } from '../servers/redis-server.js';
import { describeWithRedis } from '../servers/requirement.js';
import { commandsOf, held, hybridOver, twoOver } from './tools.js';

leavesNoProcessBehind();

describeWithRedis('the commands that a call costs', () => {
  async function warm() {
    const { url } = await kept(startRedis());
    const { one, other } = await twoOver({ connection: url });
    // The tag '*' is warm from here on.
    await one.cache.get('nothing');
    await one.cache.getOrCreate('warm', () => 1);
    await held(one.cache, 'warm');
    return { url, one: one.cache, other: other.cache };
  }

  it('a local hit: none', async () => {
    const { url, one } = await warm();
    expect(await commandsOf(url, () => one.getOrCreate('warm', () => 2))).toEqual([]);
  });

  it('a distributed hit: one', async () => {
    const { url, one, other } = await warm();
    await other.set('k', 1);
    expect(await commandsOf(url, () => one.getOrCreate('k', () => 2))).toEqual(['HMGET']);
  });

  it('a miss: a read, the acquiring and the commit; and one read again after its echo', async () => {
    const { url, one } = await warm();
    expect(await commandsOf(url, () => one.getOrCreate('k', () => 2))).toEqual(['HMGET', 'EVALSHA', 'EVALSHA']);
    expect(await commandsOf(url, () => held(one, 'k'))).toEqual(['HMGET']);
    expect(await commandsOf(url, () => one.getOrCreate('k', () => 3))).toEqual([]);
  });

  it('a refresh of what is due: a read, the acquiring and the commit, and the hit none', async () => {
    const { url, one } = await warm();
    const load = (value: number) => one.getOrCreate('k', () => value, { expiration: '2s', eagerRefresh: 0.5 });
    await load(1);
    // The read after the echo is one that knows of the refresh.
    while (one.peek('k') === undefined) await load(1);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const commands = await commandsOf(url, async () => {
      expect(await load(2)).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    expect(commands).toEqual(['HMGET', 'EVALSHA', 'EVALSHA']);
    expect(await load(3)).toBe(2);
  });

  it('a set: one, a removal: one', async () => {
    const { url, one } = await warm();
    expect(await commandsOf(url, () => one.set('k', 1))).toEqual(['EVALSHA']);
    expect(await commandsOf(url, () => one.remove('k'))).toEqual(['UNLINK']);
    expect(await commandsOf(url, () => one.removeByTag('t'))).toEqual(['EVALSHA']);
  });

  it('a tagged hit: two with cold tags, one with warm ones', async () => {
    const { url, one, other } = await warm();
    await other.set('a', 1, { tags: ['t', 'u'] });
    await other.set('b', 2, { tags: ['t', 'u'] });
    expect(await commandsOf(url, () => one.getOrCreate('a', () => 3))).toEqual(['HMGET', 'EVALSHA']);
    expect(await commandsOf(url, () => one.getOrCreate('b', () => 3))).toEqual(['HMGET']);
  });

  it('a hit whose tags are named: those that are cold are read together with it', async () => {
    const { url, one, other } = await warm();
    await other.set('a', 1, { tags: ['t', 'u'] });
    const commands = await commandsOf(url, () => one.getOrCreate('a', () => 3, { tags: ['t', 'u'] }));
    expect(commands.sort()).toEqual(['EVALSHA', 'HMGET']);
  });

  it('nothing is asked of the server while nothing is called, but heartbeats', async () => {
    const { url } = await kept(startRedis());
    await hybridOver({ connection: url }, { maxStaleness: '100ms' });
    const idle = () => new Promise((resolve) => setTimeout(resolve, 300));
    expect(await commandsOf(url, idle)).toEqual([]);
  });
});
