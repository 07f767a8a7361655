import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    redis: 'src/providers/redis/index.ts',
    testing: 'src/testing/index.ts',
    compression: 'src/decorators/compression/index.ts',
    encryption: 'src/decorators/encryption/index.ts',
    'hash-long-keys': 'src/decorators/long-keys/index.ts',
    msgpackr: 'src/serializers/msgpackr.ts',
    superjson: 'src/serializers/superjson.ts',
    'system-text-json': 'src/serializers/system-text-json.ts',
    v8: 'src/serializers/v8.ts',
  },
  format: ['esm', 'cjs'],
  target: 'es2022',
  // The testing entry stands on the public one, as a user's adapter does, and shares its one copy.
  external: ['distributed-cache', 'lru-cache', 'ioredis', 'lossless-json', 'msgpackr', 'superjson'],
  splitting: false,
  clean: true,
  dts: {
    compilerOptions: { ignoreDeprecations: '6.0', stripInternal: true },
    // Symbol.asyncDispose is not in the lib of a consumer that asks for es2022 only.
    banner: '/// <reference lib="esnext.disposable" />',
  },
});
