import type { Clock, LeaseReply } from 'distributed-cache';

/** A hash as Redis holds it: an entry, a lease, or both. */
interface Hash {
  data?: Uint8Array | undefined;
  /** Whether there is a `sldexp`: a lease stands while there is none (rule 1). */
  sliding: boolean;
  lease?: { readonly token: string; readonly deadline: number } | undefined;
  /** When the key ends, by the clock. */
  end: number;
}

/** What the server tells those who listen. */
export type Message = { readonly key: string; readonly isReal: boolean } | 'all';

export interface ServerOptions {
  readonly clock: Clock;
  /** Whether time goes on before the next command. */
  readonly ticks: () => boolean;
  /** Told of each change, in order. What is not real was sent by no server: the removal of a key that was not there. */
  readonly tell: (message: Message) => void;
}

const tagStart = '__MSFT_HCT__';

/** One Redis, by the scripts of protocol.md. Each method is one atomic step. */
export class SimServer {
  readonly #options: ServerOptions;
  readonly #hashes = new Map<string, Hash>();
  #time = 638_000_000_000_000_000n;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** Ticks of now. Two commands may fall into one. */
  time(): bigint {
    if (this.#options.ticks()) this.#time += 1n;
    const own = 638_000_000_000_000_000n + BigInt(Math.trunc(this.#options.clock.now())) * 10_000n;
    if (own > this.#time) this.#time = own;
    return this.#time;
  }

  get(key: string): Uint8Array | undefined {
    return this.#hash(key)?.data;
  }

  keys(): string[] {
    return [...this.#hashes.keys()].filter((key) => this.#hash(key) !== undefined && !key.startsWith(tagStart));
  }

  /** An own set, and a foreign HMSET, which leaves a lease there, though it stands no more. */
  put(key: string, data: Uint8Array, lifetime: number, isForeign = false): void {
    const lease = isForeign ? this.#hash(key)?.lease : undefined;
    this.#hashes.set(key, { data, sliding: true, lease, end: this.#options.clock.now() + lifetime });
    this.#tell(key, true);
  }

  remove(key: string): void {
    this.#tell(key, this.#take(key));
  }

  /** EXPIRE by somebody else: a message, and no change that matters. */
  touch(key: string): void {
    if (this.#hash(key) !== undefined) this.#tell(key, true);
  }

  /** The key ends now. */
  expire(key: string): void {
    if (this.#take(key)) this.#tell(key, true);
  }

  flush(): void {
    this.#hashes.clear();
    this.#options.tell('all');
  }

  /** The acquire script. */
  acquire(key: string, token: string, ms: number, replace?: Uint8Array, mine?: string): LeaseReply {
    const hash = this.#hash(key);
    const { data, lease } = hash ?? {};
    if (data !== undefined && (replace === undefined || !startsWith(data, replace)))
      return { kind: 'hit', value: data };
    const now = this.#options.clock.now();
    if (lease !== undefined && hash?.sliding === false && lease.deadline > now) {
      if (lease.token === mine) return { kind: 'own', remaining: lease.deadline - now };
      return { kind: 'busy', remaining: lease.deadline - now };
    }
    const deadline = now + ms;
    this.#hashes.set(key, {
      data,
      sliding: false,
      lease: { token, deadline },
      end: data ? (hash?.end ?? 0) : deadline,
    });
    this.#tell(key, true);
    return { kind: 'lease', token, grantedAt: this.time(), hasValue: data !== undefined };
  }

  /** Whether the lease of the token stands: what commit and release ask. */
  stands(key: string, token: string): boolean {
    const hash = this.#hash(key);
    return hash?.lease?.token === token && !hash.sliding;
  }

  commit(key: string, token: string, data: Uint8Array, lifetime: number): boolean {
    if (!this.stands(key, token)) return false;
    this.put(key, data, lifetime);
    return true;
  }

  release(key: string, token: string): void {
    const hash = this.#hash(key);
    if (hash === undefined || !this.stands(key, token)) return;
    if (hash.data === undefined) this.#hashes.delete(key);
    else this.#hashes.set(key, { ...hash, sliding: true, lease: undefined });
    this.#tell(key, true);
  }

  #hash(key: string): Hash | undefined {
    const hash = this.#hashes.get(key);
    if (hash === undefined || hash.end > this.#options.clock.now()) return hash;
    this.#hashes.delete(key);
    this.#tell(key, true);
    return undefined;
  }

  #take(key: string): boolean {
    return this.#hash(key) !== undefined && this.#hashes.delete(key);
  }

  #tell(key: string, isReal: boolean): void {
    this.#options.tell({ key, isReal });
  }
}

function startsWith(data: Uint8Array, start: Uint8Array): boolean {
  return start.subarray(0, 12).every((byte, i) => data[i] === byte);
}
