import type { DistributedCache } from 'distributed-cache';
import { describe, expect, it } from 'vitest';
import { gated, type Step, text } from './tools.js';

type End = 'ok' | 'lost' | 'failed' | 'hung';
const ends: readonly End[] = ['ok', 'lost', 'failed', 'hung'];

/** Carries a call out, or not, and answers it, or not. */
async function end(step: Step, how: End): Promise<void> {
  if (how === 'ok') await step.answer();
  if (how === 'lost') {
    await step.execute();
    await step.fail();
  }
  if (how === 'failed') await step.fail();
}

const writes: Record<string, (cache: DistributedCache, version: string) => Promise<unknown>> = {
  remove: (cache) => cache.remove('k'),
  set: (cache, version) => cache.set('k', text(version)),
};

const pairs = ['remove', 'set'].flatMap((first) => ['remove', 'set'].map((second) => [first, second] as const));

describe.each(pairs)('a %s, and a %s beside it', (first, second) => {
  const cases = ends.flatMap((one) =>
    ends.flatMap((other) => [false, true].map((swapped) => [one, other, swapped] as const)),
  );

  it.each(cases)('the first %s, the second %s, answered the other way round: %s', async (one, other, swapped) => {
    const { cache, memory, take, clock, get, open, pass } = gated();
    await memory.set('k', text('old'));
    const writing = [writes[first]?.(cache, 'first'), writes[second]?.(cache, 'second')];
    const steps = [await take(first as Step['name']), await take(second as Step['name'])] as const;
    const order = swapped ? ([1, 0] as const) : ([0, 1] as const);
    for (const i of order) await end(steps[i], i === 0 ? one : other);
    clock.advance(250);
    await Promise.all(writing);
    // Nothing of before both is served, now or ever: neither what the backend holds now, nor what it comes to hold.
    const legal = [undefined, first === 'set' ? 'first' : undefined, second === 'set' ? 'second' : undefined];
    await open();
    expect(legal).toContain(await get('k'));
    await pass(2_000);
    expect(legal).toContain(await get('k'));
    const left = await memory.get('k');
    expect(legal).toContain(left && new TextDecoder().decode(left));
    expect(clock.pending).toBeLessThanOrEqual(1);
  });
});

describe.each(pairs)('a %s, and a %s after it', (first, second) => {
  const cases = ends.flatMap((one) => ends.map((other) => [one, other] as const));

  it.each(cases)('the first %s, the second %s: nothing of before the second is served', async (one, other) => {
    const { cache, memory, take, clock, get, open, pass } = gated();
    await memory.set('k', text('old'));
    const settleBy = async (name: string, version: string, how: End) => {
      const writing = writes[name]?.(cache, version);
      const step = await take(name as Step['name']);
      await end(step, how);
      if (how === 'hung') clock.advance(250);
      await writing;
      return step;
    };
    const early = await settleBy(first, 'first', one);
    await settleBy(second, 'second', other);
    const legal = [undefined, second === 'set' ? 'second' : undefined];
    // What hung arrives after all, over what the second did.
    if (one === 'hung') await early.answer();
    await open();
    expect(legal).toContain(await get('k'));
    await pass(2_000);
    expect(legal).toContain(await get('k'));
    const left = await memory.get('k');
    expect(legal).toContain(left && new TextDecoder().decode(left));
  });
});

describe('while a removal is being made up for', () => {
  /** A removal that failed, and its replay, which waits at the backend. */
  async function replaying() {
    const tools = gated();
    const { cache, memory, take, clock } = tools;
    await memory.set('k', text('old'));
    const removing = cache.remove('k');
    await (await take('remove')).fail();
    await removing;
    clock.advance(1_000);
    return { ...tools, replay: await take('removeMany') };
  }

  it('the key is hidden until its answer', async () => {
    const { replay, take, get, memory } = await replaying();
    await replay.execute();
    await memory.set('k', text('of another process'));
    expect(await get('k')).toBeUndefined();
    await replay.answer();
    const reading = get('k');
    await (await take('get')).answer();
    expect(await reading).toBe('of another process');
  });

  it('a removal that fails is made up for again', async () => {
    const { cache, replay, take, memory, clock, events } = await replaying();
    const removing = cache.remove('k');
    await (await take('remove')).fail();
    await removing;
    await replay.execute();
    await memory.set('k', text('of another process'));
    await replay.answer();
    const replayed = () => events.filter(({ type }) => type === 'removalReplayed').length;
    expect(replayed()).toBe(0);
    // At once, since the backend answers.
    await (await take('removeMany')).answer();
    expect(replayed()).toBe(1);
    expect(await memory.get('k')).toBeUndefined();
    clock.advance(1_000);
  });

  it('a set that succeeds shows its value, and may lose it to the removal', async () => {
    const { cache, replay, take, get, open } = await replaying();
    const setting = cache.set('k', text('new'));
    await (await take('set')).answer();
    await setting;
    await replay.answer();
    await open();
    expect(await get('k')).toBeUndefined();
  });

  it('a set that fails is hidden when the removal has come first', async () => {
    const { cache, replay, take, get, memory, pass, open } = await replaying();
    const setting = cache.set('k', text('new'));
    const step = await take('set');
    await replay.answer();
    await step.execute();
    await step.fail();
    await setting;
    await open();
    expect(await get('k')).toBeUndefined();
    await pass(1_000);
    expect(await memory.get('k')).toBeUndefined();
  });

  it('a set that began before the removal was remembered does not show the key', async () => {
    const { cache, memory, take, get, open, pass } = gated();
    await memory.set('k', text('old'));
    const setting = cache.set('k', text('new'));
    const removing = cache.remove('k');
    await (await take('remove')).fail();
    await removing;
    await (await take('set')).answer();
    await setting;
    await open();
    expect(await get('k')).toBeUndefined();
    await pass(1_000);
    expect(await memory.get('k')).toBeUndefined();
  });

  it('a removal by prefix that fails is made up for again', async () => {
    const { cache, memory, take, clock, get, events, open } = gated();
    const fail = async () => {
      const removing = cache.prefixes?.removeByPrefix('k');
      await (await take('removeByPrefix')).fail();
      await removing;
    };
    await fail();
    clock.advance(1_000);
    const replay = await take('removeByPrefix');
    await fail();
    await replay.execute();
    await memory.set('k', text('of another process'));
    await replay.answer();
    expect(events.map(({ type }) => type)).not.toContain('removalReplayed');
    await open();
    expect(await get('k')).toBeUndefined();
    expect(await memory.get('k')).toBeUndefined();
  });

  it('a removal by prefix takes over, and the answer to the first replay does not end it', async () => {
    const { cache, memory, replay, take, get, open, pass } = await replaying();
    const removing = cache.prefixes?.removeByPrefix('k');
    await (await take('removeByPrefix')).fail();
    await removing;
    await replay.execute();
    await memory.set('k', text('of another process'));
    await replay.answer();
    await open();
    expect(await get('k')).toBeUndefined();
    await pass(1_000);
    expect(await memory.get('k')).toBeUndefined();
  });
});
