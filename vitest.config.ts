import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^distributed-cache$/, replacement: source('src/index.ts') },
      { find: /^distributed-cache\/redis$/, replacement: source('src/providers/redis/index.ts') },
      { find: /^distributed-cache\/compression$/, replacement: source('src/decorators/compression/index.ts') },
      { find: /^distributed-cache\/encryption$/, replacement: source('src/decorators/encryption/index.ts') },
      { find: /^distributed-cache\/msgpackr$/, replacement: source('src/serializers/msgpackr.ts') },
      { find: /^distributed-cache\/superjson$/, replacement: source('src/serializers/superjson.ts') },
      {
        find: /^distributed-cache\/system-text-json$/,
        replacement: source('src/serializers/system-text-json.ts'),
      },
      { find: /^distributed-cache\/v8$/, replacement: source('src/serializers/v8.ts') },
      { find: /^distributed-cache\/hash-long-keys$/, replacement: source('src/decorators/long-keys/index.ts') },
      { find: /^distributed-cache\/testing$/, replacement: source('src/testing/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/consumers/**'],
    testTimeout: 20_000,
    // Cases against real servers wait most of the time.
    maxConcurrency: 12,
    coverage: { include: ['src/**/*.ts'], reporter: ['text-summary', 'html'], thresholds: { lines: 95 } },
  },
});
