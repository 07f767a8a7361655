import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

export const title = 'Size of a bundle: minified and gzipped, without lru-cache and ioredis';

const peers = fileURLToPath(new URL('..', import.meta.url));
const own = fileURLToPath(new URL('../../../dist/index.js', import.meta.url));

const from = (entry, names) => `export { ${names} } from ${JSON.stringify(entry)};`;
const basics = 'MemoryCache, getOrCreate, prefixed, failOpen';

/** What an application imports of each. */
const imports = {
  [`distributed-cache: ${basics}`]: from(own, basics),
  'the same, and HybridCache': from(own, `${basics}, HybridCache`),
  'layered-loader: Loader': from('layered-loader', 'Loader'),
  'async-cache-dedupe: createCache': from('async-cache-dedupe', 'createCache'),
  '@epic-web/cachified: cachified': from('@epic-web/cachified', 'cachified'),
  'keyv: Keyv': from('keyv', 'Keyv'),
  'cache-manager: createCache': from('cache-manager', 'createCache'),
  'cacheable: Cacheable': from('cacheable', 'Cacheable'),
  'bentocache: BentoCache, memoryDriver':
    from('bentocache', 'BentoCache, bentostore') + from('bentocache/drivers/memory', 'memoryDriver'),
};

export async function table() {
  const rows = [];
  for (const [what, contents] of Object.entries(imports)) {
    const { bytes, gzipped } = await sizeOf(contents);
    rows.push([what, (bytes / 1_024).toFixed(1), (gzipped / 1_024).toFixed(1)]);
  }
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
