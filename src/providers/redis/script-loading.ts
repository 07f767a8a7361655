import type { RedisCommands } from './client.js';
import { acquire, commit, read, release, set, touch } from './scripts/scripts.js';
import { timestampScripts } from './scripts/timestamps.js';

interface ScriptLoading extends RedisCommands {
  script(subcommand: 'LOAD', lua: string): Promise<unknown>;
}

/**
 * Gives the server the scripts before anything is asked for: one that it does not know has to be sent a second time,
 * and would come after what was sent behind it. Nobody waits for it: what follows on a connection is carried out after it.
 */
export function loadScripts(client: RedisCommands): void {
  const nodes = (client.isCluster ? client.nodes('master') : [client]) as ScriptLoading[];
  for (const node of nodes) {
    for (const { lua } of [read, set, touch, acquire, commit, release, ...timestampScripts]) {
      try {
        // Who may not load may still run: the script is sent with its text then.
        node.script('LOAD', lua).catch(() => {});
      } catch {
        // ioredis-mock has no such command.
        return;
      }
    }
  }
}
