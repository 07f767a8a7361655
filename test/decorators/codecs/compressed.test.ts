import * as zlib from 'node:zlib';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { HybridCache, MemoryCache } from 'distributed-cache';
import { type Compression, compressed } from 'distributed-cache/compression';
import { describe, expect, it } from 'vitest';
import { text } from '../../helpers/tools.js';
import { fuzz, over } from './tools.js';

const hasZstd = 'zstdCompress' in zlib;
const compressions: Compression[] = hasZstd ? ['brotli', 'gzip', 'zstd'] : ['brotli', 'gzip'];
const long = text(JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ id: i, name: `product ${i}` }))));
const marked = Uint8Array.of(0, 0x64, 0x63, 0x7a, 9, 9);

describe.each(compressions)('compressed by %s', (compression) => {
  it('stores less, and gives what was stored', async () => {
    const { cache, inner } = over((memory, options) => compressed(memory, { ...options, compression }));
    await cache.set('k', long);
    expect((await inner.get('k'))?.length).toBeLessThan(long.length / 3);
    expect(await cache.get('k')).toEqual(long);
    await cache.batch?.setMany([{ key: 'a', value: long }]);
    expect(await cache.batch?.getMany(['a', 'k', 'none'])).toEqual([long, long, undefined]);
  });

  it('leaves alone what is short, or would not become shorter', async () => {
    const { cache, inner } = over((memory, options) => compressed(memory, { ...options, compression }));
    const short = long.subarray(0, 1_023);
    const noise = crypto.getRandomValues(new Uint8Array(5_000));
    for (const value of [short, noise, new Uint8Array()]) {
      await cache.set('k', value);
      expect(await inner.get('k')).toEqual(new Uint8Array(value));
      expect(await cache.get('k')).toEqual(new Uint8Array(value));
    }
  });

  it('is no crash, hang or made-up length in 100,000 changed payloads', { timeout: 120_000 }, async () => {
    const values = [long.subarray(0, 2_000), text('x'.repeat(3_000)), marked];
    await fuzz(
      (memory, options) => compressed(memory, { ...options, compression, threshold: 100 }),
      values,
      100_000,
      false,
    );
  });

  it('reads what the others wrote', async () => {
    const memory = new MemoryCache();
    await compressed(memory, { compression }).set('k', long);
    for (const other of compressions) expect(await compressed(memory, { compression: other }).get('k')).toEqual(long);
  });
});

describe('compressed', () => {
  it('reads what was stored before it was there, and keeps apart what looks compressed', async () => {
    const { cache, inner } = over(compressed);
    await inner.set('k', long);
    expect(await cache.get('k')).toEqual(long);
    await cache.set('marked', marked);
    expect(await inner.get('marked')).not.toEqual(marked);
    expect(await cache.get('marked')).toEqual(marked);
  });

  it('makes a miss and an event of a codec that it does not know', async () => {
    const { cache, inner, events } = over(compressed);
    await inner.set('k', Uint8Array.of(0, 0x64, 0x63, 0x7a, 77, 1, 0, 0, 0, 5));
    expect(await cache.get('k')).toBeUndefined();
    expect(events[0]).toMatchObject({ type: 'corrupt', key: 'k', error: { code: 'ERR_CORRUPT_ENTRY' } });
    expect(String((events[0] as { error: Error }).error.cause)).toContain('codec 77');
  });

  it.each(['brotli', 'gzip'] as const)('does not blow up a bomb: %s', async (compression) => {
    const { cache, inner, events } = over((memory, options) =>
      compressed(memory, { ...options, maxDecompressedBytes: 10_000 }),
    );
    const bomb = new Uint8Array(50_000_000);
    const body =
      compression === 'gzip'
        ? gzipSync(bomb)
        : brotliCompressSync(bomb, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
    const number = compression === 'gzip' ? 1 : 2;
    // One that says how long it is, and one that lies.
    for (const length of [50_000_000, 9_999]) {
      const header = new Uint8Array(9);
      header.set([0, 0x64, 0x63, 0x7a, number]);
      new DataView(header.buffer).setUint32(5, length, true);
      await inner.set('k', Buffer.concat([header, body]));
      const before = process.memoryUsage().arrayBuffers;
      expect(await cache.get('k')).toBeUndefined();
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000);
    }
    expect(events.map(({ type }) => type).filter((type) => type === 'corrupt')).toHaveLength(2);
  });

  it('stores what is longer than it would read as it is', async () => {
    const { cache } = over((memory, options) => compressed(memory, { ...options, maxDecompressedBytes: 2_000 }));
    await cache.set('k', long);
    expect(await cache.get('k')).toEqual(long);
  });

  it('refuses options that it cannot work with', () => {
    const memory = new MemoryCache();
    const refused = (options: object) =>
      expect(() => compressed(memory, options)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }));
    refused({ compression: 'lzma' });
    refused({ compression: 'gzip', level: 10 });
    refused({ compression: 'zstd', level: 0 });
    refused({ threshold: 0 });
    refused({ maxDecompressedBytes: -1 });
    if (!hasZstd) refused({ compression: 'zstd' });
  });

  it('is under a HybridCache what its cache is, tags by the time of the backend', async () => {
    const distributed = compressed(new MemoryCache(), { threshold: 10 });
    await using one = new HybridCache({ distributed });
    await using other = new HybridCache({ distributed });
    await Promise.all([one.ready(), other.ready()]);
    await one.set('k', 'x'.repeat(100), { tags: ['t'] });
    expect(await other.get('k')).toBe('x'.repeat(100));
    await one.removeByTag('t');
    expect(await other.get('k')).toBeUndefined();
    expect(await other.getOrCreate('k', () => 'new', { tags: ['t'] })).toBe('new');
    expect(await one.get('k')).toBe('new');
    await one.set('k', 'newer', { tags: ['t'] });
    expect(await other.get('k')).toBe('newer');
  });
});
