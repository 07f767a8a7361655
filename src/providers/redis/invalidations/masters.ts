import type { RedisCommands } from '../client.js';

/** A client of a Cluster can ask the nodes who holds which slots. */
interface ClusterCommands extends RedisCommands {
  refreshSlotsCache?(done: () => void): void;
}

/**
 * The nodes to listen to: the masters of a Cluster, or the one server of another client. Of a Cluster they change, and
 * its client learns of that late: only when a command fails. Who listens can't wait for a command.
 */
export class Masters {
  readonly #client: ClusterCommands;
  readonly #changed: () => void;
  readonly #detach: () => void;
  #asking = false;

  /** @param changed - Called when the nodes may have changed, or are known again. */
  constructor(client: RedisCommands, changed: () => void) {
    this.#client = client;
    this.#changed = changed;
    // 'refresh' tells of a replica that became a master; it is no new node.
    const listeners: Record<string, () => void> = client.isCluster
      ? { '+node': changed, refresh: changed, '-node': () => this.ask() }
      : {};
    for (const [event, listener] of Object.entries(listeners)) client.on(event, listener);
    this.#detach = () => {
      for (const [event, listener] of Object.entries(listeners)) client.removeListener(event, listener);
    };
  }

  /** Whether the client believes to know them all: after the loss of one, others may use it again before the client does. */
  get areKnown(): boolean {
    return !this.#asking;
  }

  nodes(): readonly RedisCommands[] {
    return this.#client.isCluster ? this.#client.nodes('master') : [this.#client];
  }

  /** Asks the Cluster who its masters are; also before a failover is over, so it is to be asked again while one is not there. */
  ask(): void {
    if (!this.#client.isCluster || this.#asking) return;
    this.#asking = this.#client.refreshSlotsCache !== undefined;
    this.#client.refreshSlotsCache?.(() => {
      this.#asking = false;
      this.#changed();
    });
    this.#changed();
  }

  close(): void {
    this.#detach();
  }
}
