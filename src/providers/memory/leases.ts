import type { LeaseReply } from '../../core/capabilities.js';
import { ticksOf } from '../../core/ticks.js';

interface Lease {
  readonly token: string;
  readonly deadline: number;
}

/**
 * Who may load which key. A lease stands until it is ended, by a commit, a release, a set or a removal; past its
 * deadline it is granted anew to whoever asks, but its holder may still commit as long as nobody did.
 */
export class Leases {
  readonly #leases = new Map<string, Lease>();
  #granted = 0;

  /** Grants a lease, or says who holds it. */
  request(key: string, durationMs: number, mine: string | undefined, now: number): LeaseReply {
    const standing = this.#leases.get(key);
    if (standing !== undefined && standing.deadline > now) {
      return { kind: standing.token === mine ? 'own' : 'busy', remaining: standing.deadline - now };
    }
    this.#forgetDead(now);
    const token = String(++this.#granted);
    // Deleted first, so that the map stays in the order of the grants.
    this.#leases.delete(key);
    this.#leases.set(key, { token, deadline: now + durationMs });
    return { kind: 'lease', token, grantedAt: ticksOf(now) };
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

  /** Drops the oldest leases that are past their deadline, so that loaders that died hold no memory. */
  #forgetDead(now: number): void {
    for (const [key, lease] of this.#leases) {
      if (lease.deadline > now) return;
      this.#leases.delete(key);
    }
  }
}
