import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

export const title = 'Size of a bundle: minified and gzipped, without lru-cache and ioredis';

const peers = fileURLToPath(new URL('..', import.meta.url));
const own = fileURLToPath(new URL('../../../dist/index.js', import.meta.url));

/** What an application imports of each, by name. */
const imports = [
  [
    'distributed-cache: MemoryCache, getOrCreate, prefixed, failOpen',
    own,
    'MemoryCache, getOrCreate, prefixed, failOpen',
  ],
  ['the same, and HybridCache', own, 'MemoryCache, getOrCreate, prefixed, failOpen, HybridCache'],
  ['layered-loader: Loader', 'layered-loader', 'Loader'],
  ['async-cache-dedupe: createCache', 'async-cache-dedupe', 'createCache'],
  ['@epic-web/cachified: cachified', '@epic-web/cachified', 'cachified'],
  ['keyv: Keyv', 'keyv', 'Keyv'],
  ['cache-manager: createCache', 'cache-manager', 'createCache'],
  ['cacheable: Cacheable', 'cacheable', 'Cacheable'],
];

export async function table() {
  const rows = [];
  for (const [what, from, names] of imports) {
    const { bytes, gzipped } = await sizeOf(`export { ${names} } from ${JSON.stringify(from)};`);
    rows.push([what, (bytes / 1_024).toFixed(1), (gzipped / 1_024).toFixed(1)]);
  }
  const memory =
    'BentoCache, bentostore } from "bentocache"; export { memoryDriver } from "bentocache/drivers/memory";';
  const { bytes, gzipped } = await sizeOf(`export { ${memory}`);
  rows.push(['bentocache: BentoCache, memoryDriver', (bytes / 1_024).toFixed(1), (gzipped / 1_024).toFixed(1)]);
  return {
    columns: ['', 'minified, KB', 'gzipped, KB'],
    rows,
    notes: [
      "Bundled by esbuild as an ES module for Node, with a library's own dependencies but for lru-cache and ioredis.",
    ],
  };
}

async function sizeOf(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: peers },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['lru-cache', 'ioredis'],
    write: false,
    logLevel: 'error',
  });
  const [{ contents: code }] = outputFiles;
  return { bytes: code.length, gzipped: gzipSync(code, { level: 9 }).length };
}
