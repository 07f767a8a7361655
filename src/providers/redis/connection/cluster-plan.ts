import { ErrorCode, typeError } from '../../../core/errors.js';
import { type ClientOptions, retryDelay } from './client-defaults.js';
import { isAddress } from './endpoint.js';
import type { ClusterSeed, ConnectionPlan } from './plan.js';

/**
 * Options of ioredis's `Cluster`, from those that each of its nodes is to have.
 *
 * @param seeds - Where it starts.
 */
export function clusterOptions(nodeOptions: ClientOptions, seeds: readonly ClusterSeed[]): ClientOptions {
  const { retryStrategy, ...redisOptions } = nodeOptions;
  const { tls } = redisOptions;
  const isTls = tls !== undefined && tls !== null && tls !== false;
  return {
    lazyConnect: true,
    clusterRetryStrategy: typeof retryStrategy === 'function' ? retryStrategy : retryDelay,
    // A command whose connection broke may have been carried out: ioredis would send it again.
    retryDelayOnFailover: 0,
    // Time for a connection with TLS and the answer over it, across a network.
    slotsRefreshTimeout: 2_000,
    ...(isTls ? { dnsLookup: keepHostName } : {}),
    redisOptions: isTls ? { ...redisOptions, tls: namedTls(tls, seeds) } : redisOptions,
  };
}

/** Certificates name hosts, not addresses. This is what ioredis's documentation has for Clusters with TLS. */
function keepHostName(host: string, callback: (error: null, host: string) => void): void {
  callback(null, host);
}

/**
 * The nodes of a managed Cluster often announce addresses, which no certificate names. So all nodes are asked for the
 * name that all seeds have in common, unless there is a `servername`, as StackExchange.Redis does.
 */
function namedTls(tls: unknown, seeds: readonly ClusterSeed[]): ClientOptions | string {
  // A string is the name of one of ioredis's own profiles.
  if (typeof tls === 'string') return tls;
  const options: ClientOptions = typeof tls === 'object' && tls !== null ? { ...tls } : {};
  const names = new Set(seeds.map(({ host }) => host.toLowerCase()).filter((host) => !isAddress(host)));
  const [name] = names;
  return names.size === 1 && options.servername === undefined ? { ...options, servername: name } : options;
}

// Where a node is, and what ioredis decides itself for the nodes of a Cluster.
const notForNodes = new Set(['host', 'port', 'path', 'sentinels', 'enableOfflineQueue', 'readOnly']);

/**
 * The plan for opening as a Cluster the one server of another plan, which turned out to be a node of a Cluster. A plan
 * for a Cluster comes back as it is.
 *
 * @throws TypeError `ERR_INVALID_OPTION` where the server has no host and port: a Unix socket, Sentinel.
 */
export function clusterPlanOf(plan: ConnectionPlan): ConnectionPlan {
  if (plan.kind === 'cluster') return plan;
  const { host, port, path } = plan.options;
  if (plan.kind === 'sentinel' || typeof path === 'string') {
    const got = plan.kind === 'sentinel' ? 'sentinels' : 'the path of a Unix socket';
    throw typeError(ErrorCode.invalidOption, 'connection', 'host and port of a node of the Cluster', got);
  }
  const nodes = [{ host: String(host ?? 'localhost'), port: Number(port ?? 6_379) }];
  const nodeOptions = Object.fromEntries(Object.entries(plan.options).filter(([option]) => !notForNodes.has(option)));
  return { ...plan, kind: 'cluster', options: clusterOptions(nodeOptions, nodes), nodes };
}

/** Whether a server's reply to `INFO` (whole, or its section `cluster`) says that it is a node of a Cluster. */
export function isClusterNode(info: string): boolean {
  return /^cluster_enabled:1\r?$/m.test(info);
}
