import { createDecipheriv } from 'node:crypto';
import { type DistributedCache, HybridCache, MemoryCache, prefixed } from 'distributed-cache';
import { encrypted } from 'distributed-cache/encryption';
import { describe, expect, it } from 'vitest';
import { text } from '../../helpers/tools.js';
import { fuzz, over } from './tools.js';

const secret = (byte: number) => new Uint8Array(32).fill(byte);
const old = { id: 'old', key: secret(1) };
const young = { id: 'young', key: secret(2) };
const value = text('a secret value');

describe('encrypted', () => {
  it('stores no plaintext, the same value never twice alike, and gives what was stored', async () => {
    const { cache, inner } = over((memory, options) => encrypted(memory, { ...options, keys: [old] }));
    const stored = new Set<string>();
    for (let i = 0; i < 3; i++) {
      await cache.set('k', value);
      const bytes = Buffer.from((await inner.get('k')) as Uint8Array);
      expect(bytes.includes('secret')).toBe(false);
      stored.add(bytes.toString('hex'));
      expect(await cache.get('k')).toEqual(value);
    }
    expect(stored.size).toBe(3);
    await cache.set('empty', new Uint8Array());
    expect(await cache.get('empty')).toEqual(new Uint8Array());
  });

  it("is what Node's own AES-256-GCM reads", async () => {
    const { cache, inner } = over((memory, options) => encrypted(memory, { ...options, keys: [old] }));
    await cache.set('k', value);
    const stored = Buffer.from((await inner.get('k')) as Uint8Array);
    const header = stored.subarray(0, 6 + 3);
    expect([...header]).toEqual([0, 0x64, 0x63, 0x65, 1, 3, ...Buffer.from('old')]);
    const decipher = createDecipheriv('aes-256-gcm', old.key, stored.subarray(9, 21));
    decipher.setAAD(Buffer.concat([header, Buffer.from('k')]));
    decipher.setAuthTag(stored.subarray(-16));
    expect(Buffer.concat([decipher.update(stored.subarray(21, -16)), decipher.final()]).toString()).toBe(
      'a secret value',
    );
  });

  it('rotates: the first key writes, each reads', async () => {
    const memory = new MemoryCache();
    await encrypted(memory, { keys: [old] }).set('k', value);
    expect(await encrypted(memory, { keys: [young, old] }).get('k')).toEqual(value);
    await encrypted(memory, { keys: [young, old] }).set('k', value);
    expect(await encrypted(memory, { keys: [old] }).get('k')).toBeUndefined();
    expect(await encrypted(memory, { keys: [old, young] }).get('k')).toEqual(value);
  });

  it('gives nothing for an entry that was moved to another key, and tells it', async () => {
    const { cache, inner, events } = over((memory, options) => encrypted(memory, { ...options, keys: [old] }));
    await cache.set('alice', value);
    await inner.set('bob', (await inner.get('alice')) as Uint8Array);
    expect(await cache.get('bob')).toBeUndefined();
    expect(events.at(-2)).toMatchObject({ type: 'corrupt', key: 'bob', error: { code: 'ERR_CORRUPT_ENTRY' } });
  });

  it('gives nothing for another secret under the same id, and for what was never encrypted', async () => {
    const { cache, inner, events } = over((memory, options) => encrypted(memory, { ...options, keys: [old] }));
    await encrypted(inner, { keys: [{ id: 'old', key: secret(9) }] }).set('k', value);
    expect(await cache.get('k')).toBeUndefined();
    await inner.set('k', value);
    expect(await cache.get('k')).toBeUndefined();
    await inner.set('k', new Uint8Array());
    expect(await cache.get('k')).toBeUndefined();
    const corrupt = events.filter(({ type }) => type === 'corrupt');
    expect(corrupt).toHaveLength(3);
    const told = JSON.stringify(corrupt.map((event) => String((event as { error: Error }).error.stack)));
    expect(told).not.toContain('secret value');
  });

  it('gives what was stored or nothing for 100,000 changed payloads', { timeout: 120_000 }, async () => {
    const decorator = (memory: DistributedCache, options: object) =>
      encrypted(memory, { ...options, keys: [young, old] });
    await fuzz(decorator, [value, new Uint8Array(), text('x'.repeat(500))], 100_000, true);
  });

  it('refuses keys that are none', () => {
    const refused = (keys: unknown) =>
      expect(() => encrypted(new MemoryCache(), { keys: keys as never })).toThrow(
        expect.objectContaining({ code: expect.stringMatching('ERR_INVALID') }),
      );
    refused(undefined);
    refused([]);
    refused([{ id: 'a', key: new Uint8Array(16) }]);
    refused([{ id: 'a', key: 'password' }]);
    refused([{ id: '', key: secret(1) }]);
    refused([{ id: 'x'.repeat(256), key: secret(1) }]);
    refused([old, { id: 'old', key: secret(2) }]);
    refused([null]);
  });

  it('is under a HybridCache what its cache is, and of another ring a miss', async () => {
    const memory = new MemoryCache();
    const distributed = prefixed(encrypted(memory, { keys: [old] }), 'p:');
    await using one = new HybridCache({ distributed });
    await using other = new HybridCache({ distributed });
    await using stranger = new HybridCache({ distributed: prefixed(encrypted(memory, { keys: [young] }), 'p:') });
    await Promise.all([one, other, stranger].map((cache) => cache.ready()));
    expect(await one.getOrCreate('k', () => 'value', { tags: ['t'] })).toBe('value');
    expect(await other.get('k')).toBe('value');
    expect(await stranger.get('k')).toBeUndefined();
    expect(stranger.peek('k')).toBeUndefined();
    await one.removeByTag('t');
    expect(await other.get('k')).toBeUndefined();
    expect(await stranger.getOrCreate('k', () => 'of the stranger', { tags: ['t'] })).toBe('of the stranger');
    expect(await one.getOrCreate('k', () => 'again', { tags: ['t'] })).toBe('again');
  });
});
