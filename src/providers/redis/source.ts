import type { Clock } from '../../core/clock.js';
import { checkClient, isClient, type RedisClient, type RedisCommands } from './client.js';
import { clusterPlanOf, isClusterNode, openClient } from './connection/open-client.js';
import { type ConnectionInput, type ConnectionPlan, planConnection } from './connection/plan.js';

/** Where a client comes from. */
export interface ClientSource {
  /** Whether it is ours to close. */
  readonly owned: boolean;
  open(): Promise<RedisCommands>;
  /** Opens the client to use in place of one that turned out to be of the wrong kind; `undefined` where it is right. */
  instead?(client: RedisCommands): Promise<RedisCommands | undefined>;
  /** How long a connection may take, in ms. */
  readonly connectTimeoutMs: number;
  /** How long a command may take, where the connection says it, in ms. */
  readonly commandTimeoutMs?: number | undefined;
  /** What is probably meant otherwise where it can't be connected to. */
  readonly hints: readonly string[];
}

const defaultConnectTimeoutMs = 5_000;

/** The source for what the user gave as `connection`. Nothing is loaded or opened yet. */
export function sourceOf(
  connection: RedisClient | ConnectionInput,
  clock: Clock,
  connectTimeoutMs: number | undefined,
): ClientSource {
  if (isClient(connection)) {
    checkClient(connection);
    return {
      owned: false,
      open: async () => connection,
      connectTimeoutMs: connectTimeoutMs ?? defaultConnectTimeoutMs,
      hints: [],
    };
  }
  const planned = planConnection(connection as ConnectionInput, clock);
  const plan = connectTimeoutMs === undefined ? planned : withConnectTimeout(planned, connectTimeoutMs);
  const open = async (what: ConnectionPlan) => (await openClient(what)) as RedisCommands;
  return {
    owned: true,
    open: () => open(plan),
    instead: async (client) => {
      if (plan.kind !== 'single' || client.isCluster || typeof plan.options.path === 'string') return undefined;
      return isClusterNode(await client.info('cluster')) ? open(clusterPlanOf(plan)) : undefined;
    },
    connectTimeoutMs: plan.connectTimeoutMs ?? defaultConnectTimeoutMs,
    commandTimeoutMs: plan.commandTimeoutMs,
    hints: plan.hints,
  };
}

/** The plan, with the time that the user gave to the cache itself: it wins over that of a connection string. */
function withConnectTimeout(plan: ConnectionPlan, connectTimeoutMs: number): ConnectionPlan {
  const { options } = plan;
  const limited =
    plan.kind === 'cluster'
      ? { ...options, redisOptions: { ...(options.redisOptions as object), connectTimeout: connectTimeoutMs } }
      : { ...options, connectTimeout: connectTimeoutMs };
  return { ...plan, options: limited, connectTimeoutMs };
}
