import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const node = (script: string, ...flags: string[]) =>
  run(process.execPath, [...flags, '--input-type=module', '--eval', script], { timeout: 15_000 });

describe('a process that uses the built package', () => {
  it('exits by itself when it does not close its cache', async () => {
    const { stdout } = await node(`
      import { getOrCreate, MemoryCache } from 'distributed-cache';
      const cache = new MemoryCache();
      await cache.set('k', new Uint8Array(1), { relativeExpiration: '1h' });
      await getOrCreate(cache, 'v', () => 1, { slidingExpiration: '1h', timeout: '1h' });
      await cache.leases.getOrLease('busy', { duration: '5m' });
      void getOrCreate(cache, 'busy', () => 1);
      console.log('done');
    `);
    expect(stdout).toBe('done\n');
  });

  it('can collect a cache that was dropped without close(), whatever it still holds', async () => {
    const { stdout } = await node(
      `
      import { MemoryCache } from 'distributed-cache';
      let collected = 0;
      const registry = new FinalizationRegistry(() => collected++);
      for (let i = 0; i < 10; i++) {
        const cache = new MemoryCache();
        registry.register(cache, i);
        await cache.set('k', new Uint8Array(1), { relativeExpiration: '10d' });
      }
      for (let i = 0; i < 20 && collected < 9; i++) {
        gc();
        await new Promise((resolve) => setImmediate(resolve));
      }
      console.log(collected >= 9);
    `,
      '--expose-gc',
    );
    expect(stdout).toBe('true\n');
  });
});
