// Write-through: a write goes to the database, and then into the cache, so that the next read is warm.
//
// Caveat: two writers of one key may reach the database in one order and the cache in the other. Here one process
// writes, and takes the writes of a key in turn. Where several processes write, remove the key instead of setting it
// (see product-catalogue), and let an expiration bound what can still go wrong.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { getJson, getOrCreate, MemoryCache, setJson } from 'distributed-cache';

const expiration = { relativeExpiration: '10m' };

class Settings {
  #turns = new Map();

  constructor(cache, database) {
    this.cache = cache;
    this.database = database;
  }

  read(user) {
    return getOrCreate(this.cache, `settings:${user}`, () => this.database.load(user), expiration);
  }

  /** Resolves once both have it. If the database fails, the cache keeps what it had. */
  write(user, settings) {
    const before = this.#turns.get(user) ?? Promise.resolve();
    const turn = before.catch(() => {}).then(() => this.#write(user, settings));
    this.#turns.set(user, turn);
    const forget = () => this.#turns.get(user) === turn && this.#turns.delete(user);
    turn.then(forget, forget);
    return turn;
  }

  async #write(user, settings) {
    await this.database.save(user, settings);
    await setJson(this.cache, `settings:${user}`, settings, expiration);
  }
}

class Database {
  rows = new Map();
  reads = 0;
  down = false;

  async load(user) {
    this.reads++;
    await sleep(20);
    return this.rows.get(user) ?? null;
  }

  async save(user, settings) {
    await sleep(20 * Math.random());
    if (this.down) throw new Error('the database is down');
    this.rows.set(user, settings);
  }
}

const cache = new MemoryCache();
const database = new Database();
const settings = new Settings(cache, database);

await settings.write('ada', { theme: 'dark' });
assert.deepEqual(await settings.read('ada'), { theme: 'dark' });
assert.equal(database.reads, 0);
console.log('after a write the read is warm: 0 reads of the database');

await Promise.all(Array.from({ length: 10 }, (_, i) => settings.write('ada', { theme: `theme ${i}` })));
assert.deepEqual(database.rows.get('ada'), { theme: 'theme 9' });
assert.deepEqual(await getJson(cache, 'settings:ada'), { theme: 'theme 9' });
console.log('ten writes at once: the last one is in the database and in the cache');

database.down = true;
await assert.rejects(settings.write('ada', { theme: 'lost' }), /down/);
assert.deepEqual(await settings.read('ada'), { theme: 'theme 9' });
console.log('a write that the database refused is not in the cache');
await cache.close();
