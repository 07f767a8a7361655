import type { LeaseOperations } from 'distributed-cache';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { kept, leavesNoProcessBehind } from './servers/kept.js';
import { freePort } from './servers/ports.js';
import { startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { startAcl } from './servers/topologies.js';
import { until } from './servers/waiting.js';
import { pttl, writeAsDotnet } from './stored.js';
import { errorOf, rawClient, redisCache, text, textOf } from './tools.js';

leavesNoProcessBehind();

const manyKeys = Array.from({ length: 20 }, (_, i) => (i % 2 ? 'slides' : 'stays'));
type Cache = ReturnType<typeof redisCache>['cache'];

const reads: Record<string, (cache: Cache) => Promise<(Uint8Array | undefined)[]>> = {
  'one by one': async (cache) => [await cache.get('stays'), await cache.get('slides')],
  'many in one tick': (cache) => Promise.all(manyKeys.map((key) => cache.get(key))),
  getMany: (cache) => cache.batch.getMany(manyKeys),
  getOrLease: async (cache) => {
    const replies = ['stays', 'slides'].map((key) => cache.leases?.getOrLease(key, { duration: '1m' }));
    return (await Promise.all(replies)).map((reply) => (reply?.kind === 'hit' ? reply.value : undefined));
  },
};

describeWithRedis('where nothing may be written', () => {
  /** @param reconnects - Whether its client looks for the primary when it is refused, as one does that we open. */
  async function replica(reconnects = true) {
    const server = await kept(startRedis());
    const raw = await rawClient(server.port);
    const started = redisCache({ connection: reconnects ? server.url : await kept(new Redis(server.url)) });
    await writeAsDotnet(raw, `${started.prefix}stays`, { data: 'v' }, 60);
    await writeAsDotnet(raw, `${started.prefix}slides`, { data: 'v', sldexp: '36000000000' }, 60);
    // Of a primary that is not there, so that it keeps what it has.
    await raw.command('REPLICAOF', '127.0.0.1', await freePort());
    return { ...started, raw };
  }

  it.each(Object.entries(reads))('a read-only replica is read, sliding entries too: %s', async (how, read) => {
    const { cache, raw, prefix, events } = await replica();
    const values = await read(cache);
    expect(values.map(textOf)).toEqual(values.map(() => 'v'));
    expect(await pttl(raw, `${prefix}slides`)).toBeLessThanOrEqual(60_000);
    // A touch that is sent by itself is told of where it fails.
    const failure = () => events.find((event) => event.type === 'backendFailed');
    if (how === 'one by one') await until(failure, 'the touch is told');
    else expect(failure()).toBeUndefined();
  });

  it('a read-only replica refuses what writes, with its code', async () => {
    const { cache } = await replica(false);
    const leases = cache.leases as LeaseOperations;
    const readOnly = { name: 'BackendError', code: 'ERR_BACKEND_READ_ONLY' };
    expect(await errorOf(cache.set('k', text('v')))).toMatchObject(readOnly);
    expect(await errorOf(cache.remove('slides'))).toMatchObject(readOnly);
    expect(await errorOf(cache.refresh('slides'))).toMatchObject(readOnly);
    expect(await errorOf(Promise.all(manyKeys.map((key) => cache.refresh(key))))).toMatchObject(readOnly);
    expect(await errorOf(leases.getOrLease('absent', { duration: '1m' }))).toMatchObject(readOnly);
    expect(await leases.commit('absent', 'token', text('v'))).toBe(false);
    expect(await errorOf(cache.prefixes.removeByPrefix(''))).toMatchObject(readOnly);
  });

  it.each(Object.entries(reads))('a user who may not expire keys reads them all the same: %s', async (_, read) => {
    const server = await kept(startAcl(['app on >secret ~* &* +@all -pexpire']));
    const raw = await rawClient(server.port);
    const { cache, prefix } = redisCache({ connection: `redis://app:secret@127.0.0.1:${server.port}` });
    await writeAsDotnet(raw, `${prefix}stays`, { data: 'v' }, 60);
    await writeAsDotnet(raw, `${prefix}slides`, { data: 'v', sldexp: '36000000000' }, 60);
    const values = await read(cache);
    expect(values.map(textOf)).toEqual(values.map(() => 'v'));
  });
});
