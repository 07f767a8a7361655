import type { WrittenEndpoint } from './endpoint.js';

/** `cache`: Azure Cache for Redis. `managed`: Azure Managed Redis, and the Enterprise tiers before it. */
export type AzureService = 'cache' | 'managed';

const suffixes: Record<AzureService, readonly string[]> = {
  cache: [
    '.redis.cache.windows.net',
    '.redis.cache.chinacloudapi.cn',
    '.redis.cache.usgovcloudapi.net',
    '.redis.cache.sovcloud-api.de',
    '.redis.cache.sovcloud-api.fr',
  ],
  managed: [
    '.redis.azure.net',
    '.redis.chinacloudapi.cn',
    '.redis.usgovcloudapi.net',
    '.redis.sovcloud-api.de',
    '.redis.sovcloud-api.fr',
    '.redisenterprise.cache.azure.net',
  ],
};

/** Which of Azure's services a host belongs to, by its suffix. */
export function azureServiceOf(host: string): AzureService | undefined {
  const name = host.toLowerCase();
  const endsIn = (suffix: string) => name.endsWith(suffix);
  if (suffixes.cache.some(endsIn)) return 'cache';
  return suffixes.managed.some(endsIn) ? 'managed' : undefined;
}

/** What is the default where one of the endpoints is Azure's, as in StackExchange.Redis; `undefined` where none is. */
export function azureDefaults(
  endpoints: readonly WrittenEndpoint[],
): { readonly abortConnect: false; readonly ssl: boolean } | undefined {
  const services = endpoints.map((each) => ('host' in each ? azureServiceOf(each.host) : undefined));
  if (services.includes('cache')) {
    return { abortConnect: false, ssl: endpoints.some((each) => 'port' in each && each.port === 6380) };
  }
  return services.includes('managed') ? { abortConnect: false, ssl: true } : undefined;
}

/** What is probably meant otherwise at Azure's endpoints. */
export function azureHints(endpoints: readonly WrittenEndpoint[], ssl: boolean, defaultPort: number): string[] {
  const hints: string[] = [];
  for (const each of endpoints) {
    if ('path' in each) continue;
    const service = azureServiceOf(each.host);
    if (service === 'managed' && each.port === undefined) {
      hints.push(
        `Azure Managed Redis listens on port 10000, but '${each.host}' names no port, so ${defaultPort} is used: ` +
          `write '${each.host}:10000'.`,
      );
    } else if (service === 'cache' && !ssl) {
      hints.push(
        `Azure Cache for Redis takes connections without TLS only where that was switched on for it: ` +
          `write '${each.host}:6380,ssl=True'.`,
      );
    }
  }
  return hints;
}
