import { randomUUID } from 'node:crypto';
import { getJson, parseDuration, prefixed, setJson } from 'distributed-cache';

/**
 * Sessions in a cache. One ends when nobody used it for `idle`, and after `most` in any case. Redis counts both, so
 * there is nothing to clean up.
 */
export class Sessions {
  #cache;
  #idle;
  #mostMs;

  constructor(cache, { idle = '20m', most = '8h' } = {}) {
    this.#cache = prefixed(cache, 'sessions:');
    this.#idle = idle;
    this.#mostMs = parseDuration(most);
  }

  /** Begins a session. Resolves to its id: a new one at each login, which nobody can guess. */
  async create(data) {
    const id = randomUUID();
    await this.save(id, { ...data, endsAt: Date.now() + this.#mostMs });
    return id;
  }

  /** Restarts the window of idleness. Nothing is read, so it costs the same for a large session and a small one. */
  async touch(id) {
    await this.#cache.refresh(id);
  }

  /** Resolves to the session, `undefined` when it has ended. Restarts the window too. */
  load(id) {
    return getJson(this.#cache, id);
  }

  /** Stores what has changed. The end that was set at the login stays: a relative time would begin anew here. */
  async save(id, session) {
    if (session.endsAt <= Date.now()) return this.destroy(id);
    await setJson(this.#cache, id, session, {
      slidingExpiration: this.#idle,
      absoluteExpiration: new Date(session.endsAt),
    });
  }

  /** Ends it. A request that loaded it before, and saves it after this, would begin it again: save at once or not at all. */
  async destroy(id) {
    await this.#cache.remove(id);
  }
}
