import type { LeaseOptions, LeaseReply } from '../../core/capabilities.js';

/** How long after its deadline a lease is kept for a slow loader to commit under, in ms. */
const grace = 600_000;

interface Lease {
  readonly token: string;
  readonly deadline: number;
  readonly grantedAt: bigint;
}

/**
 * Who may load which key. A lease stands until it is ended, by a commit, a release, a set or a removal; past its
 * deadline it is granted anew to whoever asks, but its holder may still commit as long as nobody did.
 */
export class Leases {
  readonly #leases = new Map<string, Lease>();
  #granted = 0;
  readonly #ticks: () => bigint;

  /** @param ticks - The time of a grant. */
  constructor(ticks: () => bigint) {
    this.#ticks = ticks;
  }

  /**
   * Grants a lease, or says who holds it.
   *
   * @param hasValue - Whether the value that it replaces is stored.
   */
  request(key: string, durationMs: number, options: LeaseOptions, now: number, hasValue: boolean): LeaseReply {
    const { mine, token = `memory-${++this.#granted}` } = options;
    const standing = this.#leases.get(key);
    // Past its deadline a lease still stands for its own holder: nothing happened to the key since the grant.
    if (standing !== undefined && (standing.deadline > now || standing.token === mine)) {
      const remaining = Math.max(0, standing.deadline - now);
      if (standing.token === token) return { kind: 'lease', token, grantedAt: standing.grantedAt, hasValue };
      return { kind: standing.token === mine ? 'own' : 'busy', remaining };
    }
    this.#forgetDead(now);
    // Deleted first, so that the map stays in the order of the grants.
    this.#leases.delete(key);
    const lease: Lease = { token, deadline: now + durationMs, grantedAt: this.#ticks() };
    this.#leases.set(key, lease);
    return { kind: 'lease', token, grantedAt: lease.grantedAt, hasValue };
  }

  stands(key: string, token: string): boolean {
    return this.#leases.get(key)?.token === token;
  }

  end(key: string): void {
    if (this.#leases.size > 0) this.#leases.delete(key);
  }

  endByPrefix(prefix: string): void {
    for (const key of this.#leases.keys()) if (key.startsWith(prefix)) this.#leases.delete(key);
  }

  clear(): void {
    this.#leases.clear();
  }

  /** Drops the oldest leases that are long past their deadline, so that loaders that died hold no memory. */
  #forgetDead(now: number): void {
    for (const [key, lease] of this.#leases) {
      if (lease.deadline + grace > now) return;
      this.#leases.delete(key);
    }
  }
}
