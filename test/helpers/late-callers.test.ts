import { getOrCreate, setJson } from 'distributed-cache';
import { describe, expect, it, vi } from 'vitest';
import { stepped } from './stepped.js';
import { deferred, settle } from './tools.js';

describe('calls that begin while another load is at each of its steps', () => {
  it('a removal between a read and its answer: a call that begins after it reads for itself', async () => {
    const { memory, cache, take, drain } = stepped();
    await setJson(memory, 'k', 'old');
    const before = getOrCreate(cache, 'k', () => 'new');
    const read = await take('get');
    await read.execute();
    await memory.remove('k');
    const after = getOrCreate(cache, 'k', () => 'new');
    read.answer();
    expect(await before).toBe('old');
    await drain();
    expect(await after).toBe('new');
  });

  it('a removal between the grant and its answer: a call that begins after it does not share the load', async () => {
    const { memory, cache, take, drain } = stepped();
    const source = deferred<string>();
    const before = getOrCreate(cache, 'k', () => source.promise);
    const read = await take('get');
    await read.execute();
    read.answer();
    const grant = await take('getOrLease');
    await grant.execute();
    await memory.remove('k');
    const after = getOrCreate(cache, 'k', () => 'after');
    grant.answer();
    await drain();
    source.resolve('before');
    await drain();
    expect(await before).toBe('before');
    expect(await after).toBe('after');
    expect(await getOrCreate(memory, 'k', () => 'again')).toBe('after');
  });

  it('a call that begins while the lease is being asked for shares the load once it is granted', async () => {
    const { cache, take, drain } = stepped();
    const source = deferred<string>();
    const factory = vi.fn(() => source.promise);
    const first = getOrCreate(cache, 'k', factory);
    const read = await take('get');
    await read.execute();
    read.answer();
    const grant = await take('getOrLease');
    const rest = [getOrCreate(cache, 'k', factory), getOrCreate(cache, 'k', factory)];
    const reads = [await take('get'), await take('get')];
    for (const each of reads) {
      await each.execute();
      each.answer();
      await settle();
    }
    await grant.execute();
    grant.answer();
    await drain();
    source.resolve('once');
    await drain();
    expect(await Promise.all([first, ...rest])).toEqual(['once', 'once', 'once']);
    expect(factory).toHaveBeenCalledTimes(1);
  });

  it('the last caller leaves while the lease is being granted: the lease is given back', async () => {
    const { memory, cache, take, drain } = stepped();
    const leaving = new AbortController();
    const factory = vi.fn(() => 'never');
    const call = getOrCreate(cache, 'k', factory, { signal: leaving.signal });
    const read = await take('get');
    await read.execute();
    read.answer();
    const grant = await take('getOrLease');
    await grant.execute();
    leaving.abort(new Error('left'));
    await expect(call).rejects.toThrow('left');
    grant.answer();
    await drain();
    expect(factory).not.toHaveBeenCalled();
    expect(await memory.leases.getOrLease('k', { duration: 10 })).toMatchObject({ kind: 'lease' });
  });

  it('a removal between commit and its answer: the value is gone, and the caller has it', async () => {
    const { memory, cache, take } = stepped();
    const call = getOrCreate(cache, 'k', () => 1);
    for (const name of ['get', 'getOrLease', 'commit']) {
      const step = await take(name);
      await step.execute();
      if (name === 'commit') await memory.remove('k');
      step.answer();
    }
    expect(await call).toBe(1);
    expect(await memory.get('k')).toBeUndefined();
  });

  it('the first callers leave while a later one asks whether their load still holds: it loads for itself', async () => {
    const { clock, cache, take, drain } = stepped();
    const leaving = new AbortController();
    const first = getOrCreate(cache, 'k', () => new Promise<string>(() => {}), { signal: leaving.signal });
    for (const name of ['get', 'getOrLease']) {
      const step = await take(name);
      await step.execute();
      step.answer();
    }
    const later = getOrCreate(cache, 'k', () => 'later');
    const read = await take('get');
    await read.execute();
    read.answer();
    const asked = await take('getOrLease');
    await asked.execute();
    leaving.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    await (await take('release')).execute();
    asked.answer();
    await settle();
    // Its question was answered by a lease that is gone meanwhile: it asks again after the first short wait.
    clock.advance(10);
    await drain();
    expect(await later).toBe('later');
  });
});
