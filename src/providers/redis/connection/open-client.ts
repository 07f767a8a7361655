import { type ClientModuleLoader, loadClientModule } from './client-module.js';
import type { ConnectionPlan } from './plan.js';

export { clusterPlanOf, isClusterNode } from './cluster-plan.js';

const importClient: ClientModuleLoader = () => import('ioredis');

/**
 * Makes the client of a plan: ioredis's `Redis` or `Cluster`. It does not connect yet, so it makes no difference
 * whether a server is there. ioredis is loaded here, and nowhere else.
 *
 * @throws CacheError `ERR_MISSING_DEPENDENCY` where ioredis is not installed.
 */
export async function openClient(plan: ConnectionPlan, load: ClientModuleLoader = importClient): Promise<unknown> {
  const { Redis, Cluster } = await loadClientModule(load);
  // Copies: a plan may be opened again, and a client does what it likes with its options.
  return plan.kind === 'cluster'
    ? new Cluster(
        plan.nodes.map((node) => ({ ...node })),
        { ...plan.options },
      )
    : new Redis({ ...plan.options });
}
