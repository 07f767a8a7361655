import type { Clock } from '../../../core/clock.js';
import { ErrorCode, typeError } from '../../../core/errors.js';
import { type ClientOptions, clientDefaults, retryDelay } from './client-defaults.js';
import { clusterOptions } from './cluster-plan.js';
import type { ClusterSeed, ConnectionPlan } from './plan.js';
import type { RedisUrlSettings } from './redis-url.js';
import type { RedisEndpoint } from './settings.js';

/**
 * How ioredis opens what a connection string or URL names: with `serviceName` through Sentinel, several endpoints as
 * the seeds of a Cluster, else one server.
 */
export function planSettings(settings: RedisUrlSettings, clock: Clock): ConnectionPlan {
  const common = commonOptions(settings, clock);
  const { endpoints, commandTimeout, connectTimeout, hints } = settings;
  const times = { commandTimeoutMs: commandTimeout, connectTimeoutMs: connectTimeout };
  if (settings.serviceName !== undefined) {
    const options = { ...common, ...sentinelOptions(settings, common.tls) };
    return { kind: 'sentinel', options, nodes: [], ...times, hints };
  }
  if (endpoints.length === 1) {
    return { kind: 'single', options: { ...common, ...endpoints[0] }, nodes: [], ...times, hints };
  }
  const nodes = tcpOnly(endpoints, 'several endpoints');
  return { kind: 'cluster', options: clusterOptions(common, nodes), nodes, ...times, hints: [...hints, clusterHint] };
}

const clusterHint =
  'Several endpoints are taken for nodes of a Redis Cluster. Of a primary and its replicas name the primary alone, or ' +
  'name sentinels and their serviceName.';

function commonOptions(settings: RedisUrlSettings, clock: Clock): ClientOptions {
  const { name, user, password, protocol, family } = settings;
  return {
    ...clientDefaults(clock),
    ...(name === undefined ? {} : { connectionName: name }),
    connectTimeout: settings.connectTimeout,
    // Only a number switches it on; left out, it would be the client's own default.
    keepAlive: settings.tcpKeepAlive ? settings.keepAlive * 1_000 : null,
    // A user without a password is one whom the server lets in with any.
    ...(user === undefined ? {} : { username: user, password: password ?? '' }),
    ...(password === undefined ? {} : { password }),
    db: settings.defaultDatabase,
    ...(protocol === undefined ? {} : { protocol }),
    ...(family === undefined ? {} : { family }),
    ...(settings.setlib ? {} : { disableClientInfo: true }),
    ...(settings.ssl ? { tls: tlsOptions(settings) } : {}),
    lazyConnect: true,
  };
}

function tlsOptions({ sslHost, sslProtocols }: RedisUrlSettings): ClientOptions {
  return {
    ...(sslHost === undefined ? {} : { servername: sslHost }),
    ...(sslProtocols === undefined ? {} : { minVersion: sslProtocols[0], maxVersion: sslProtocols.at(-1) }),
  };
}

function sentinelOptions(settings: RedisUrlSettings, tls: unknown): ClientOptions {
  const { sentinelUser, sentinelPassword, serviceName } = settings;
  return {
    sentinels: tcpOnly(settings.endpoints, 'sentinels'),
    name: serviceName,
    sentinelRetryStrategy: retryDelay,
    ...(sentinelUser === undefined ? {} : { sentinelUsername: sentinelUser, sentinelPassword: sentinelPassword ?? '' }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(tls === undefined ? {} : { sentinelTLS: tls, enableTLSForSentinelMode: true }),
  };
}

function tcpOnly(endpoints: readonly RedisEndpoint[], what: string): ClusterSeed[] {
  return endpoints.map((each) => {
    if ('host' in each) return { host: each.host, port: each.port };
    throw typeError(ErrorCode.invalidOption, 'connection string', `hosts for ${what}`, 'the path of a Unix socket');
  });
}
