/** Versions of .NET's packages that belong together. */
export interface Packages {
  /** Microsoft.Extensions.Caching.StackExchangeRedis */
  readonly redisCache: string;
  /** Microsoft.Extensions.Caching.Hybrid */
  readonly hybridCache: string;
}

const all: readonly Packages[] = [
  { redisCache: '10.0.15', hybridCache: '10.11.0' },
  { redisCache: '11.0.0', hybridCache: '11.0.0' },
];

/** Those that the tests run: all of them, or those that INTEROP_PACKAGE_VERSION is the beginning of, of RedisCache's. */
export const packageSets = all.filter(({ redisCache }) =>
  redisCache.startsWith(process.env.INTEROP_PACKAGE_VERSION ?? ''),
);
if (packageSets.length === 0)
  throw new Error(
    `INTEROP_PACKAGE_VERSION: expected the beginning of ${all.map((each) => each.redisCache).join(' or ')}`,
  );

/** In a test's name, and in the table of docs/aspnet-core.md. */
export const nameOf = ({ redisCache, hybridCache }: Packages): string =>
  `RedisCache ${redisCache}, HybridCache ${hybridCache}`;
