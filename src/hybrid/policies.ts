import type { HybridLoadOptions } from './options.js';
import { type Policy, policyOf } from './plan.js';
import type { Settings } from './settings.js';

/** The policies of calls: their options over the defaults of the key. */
export class Policies {
  readonly #settings: Pick<Settings, 'defaults' | 'defaultsByPrefix'>;

  constructor(settings: Pick<Settings, 'defaults' | 'defaultsByPrefix'>) {
    this.#settings = settings;
  }

  /** @throws TypeError or RangeError for an option that is none. */
  of(key: string, options: HybridLoadOptions<never> | undefined): Policy {
    return policyOf(options, this.#defaultsOf(key));
  }

  /**
   * The policy of each key for these options, worked out once for all that have the same defaults.
   *
   * @throws What is wrong with the options, at once.
   */
  forMany(options: HybridLoadOptions | undefined): (key: string) => Policy {
    const { defaults } = this.#settings;
    const known = new Map([[defaults, policyOf(options, defaults)]]);
    return (key) => {
      const base = this.#defaultsOf(key);
      const policy = known.get(base) ?? policyOf(options, base);
      known.set(base, policy);
      return policy;
    };
  }

  #defaultsOf(key: string): Policy {
    for (const [prefix, policy] of this.#settings.defaultsByPrefix) if (key.startsWith(prefix)) return policy;
    return this.#settings.defaults;
  }
}
