import type { RawClient } from './servers/raw-client.js';
import { decoded } from './servers/resp.js';
import { until } from './servers/waiting.js';
import { rawClient } from './tools.js';

/** Listens to Redis's own messages about keys that begin with a prefix, without the library. */
export class RawListener {
  readonly #raw: RawClient;
  readonly #prefix: string;
  #heard: string[] = [];
  #markers = 0;

  static async start(url: string | number, prefix: string): Promise<RawListener> {
    const listening = await rawClient(url);
    const listener = new RawListener(await rawClient(url), prefix);
    listening.onMessage = (message) => {
      const [, , keys] = decoded(message) as [string, string, string[] | null];
      listener.#heard.push(...(keys ?? ['everything']).map((key) => key.slice(prefix.length)));
    };
    const id = (await listening.command('CLIENT', 'ID')) as number;
    await listening.command('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', prefix);
    await listening.command('SUBSCRIBE', '__redis__:invalidate');
    return listener;
  }

  private constructor(raw: RawClient, prefix: string) {
    this.#raw = raw;
    this.#prefix = prefix;
  }

  /**
   * The keys of all messages since the last call, without the prefix. No message is waited for in vain: they come in the
   * order of the changes, so when a change of another key is heard, all that came before it were.
   */
  async heard(): Promise<string[]> {
    const marker = `marker ${++this.#markers}`;
    await this.#raw.command('SET', this.#prefix + marker, '', 'PX', 60_000);
    await until(() => this.#heard.includes(marker), 'the marker is heard', { every: 1 });
    const all = this.#heard;
    this.#heard = [];
    return all.filter((key) => !key.startsWith('marker '));
  }
}
