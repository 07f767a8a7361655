// Write-behind: a write goes into the cache and a queue, and reaches the database a little later, in batches.
//
// THE CAVEAT: what waits in the queue when the process dies is lost, and nobody is told. Use this for what may be lost
// (counters, last-seen times), never for orders. Other processes that read the database see the old value meanwhile.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { getJson, MemoryCache, setJson } from 'distributed-cache';

class WriteBehind {
  /** The newest value of each key that the database does not have yet. */
  #waiting = new Map();
  #writing = new Map();
  #pump;
  #closed = false;

  constructor(cache, database, { maxWaiting = 100, batchSize = 20 } = {}) {
    Object.assign(this, { cache, database, maxWaiting, batchSize });
  }

  get waiting() {
    return this.#waiting.size + this.#writing.size;
  }

  /** Resolves when the value can be read; waits while the queue is full, so that a slow database slows the writers. */
  async write(key, value) {
    if (this.#closed) throw new Error('closed');
    while (!this.#waiting.has(key) && this.#waiting.size >= this.maxWaiting) await this.#pumped();
    this.#waiting.set(key, value);
    this.#pump ??= this.#run();
    await setJson(this.cache, key, value, { slidingExpiration: '5m' });
  }

  /** The queue first: the cache may have evicted an entry that the database does not have yet. */
  async read(key) {
    if (this.#waiting.has(key)) return this.#waiting.get(key);
    if (this.#writing.has(key)) return this.#writing.get(key);
    return (await getJson(this.cache, key)) ?? this.database.load(key);
  }

  /** Takes no more writes, and resolves when the database has everything. Call it on SIGTERM. */
  async close() {
    this.#closed = true;
    await this.#pump;
  }

  #pumped() {
    return new Promise((resolve) => setTimeout(resolve, 5));
  }

  async #run() {
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, this.batchSize);
      for (const [key] of batch) this.#waiting.delete(key);
      this.#writing = new Map(batch);
      try {
        await this.database.saveAll(batch);
      } catch (error) {
        console.log(`  ${error.message}; trying again`);
        // What was written again meanwhile is newer and stays.
        for (const [key, value] of batch) if (!this.#waiting.has(key)) this.#waiting.set(key, value);
        await sleep(20);
      }
      this.#writing = new Map();
    }
    this.#pump = undefined;
  }
}

class Database {
  rows = new Map();
  calls = 0;
  failNext = false;

  async saveAll(batch) {
    this.calls++;
    await sleep(15);
    if (this.failNext) {
      this.failNext = false;
      throw new Error('the database failed once');
    }
    for (const [key, value] of batch) this.rows.set(key, value);
  }

  async load(key) {
    return this.rows.get(key);
  }
}

const cache = new MemoryCache();
const database = new Database();
const counters = new WriteBehind(cache, database, { maxWaiting: 50, batchSize: 20 });

let longest = 0;
const started = performance.now();
for (let i = 0; i < 300; i++) {
  await counters.write(`page:${i % 150}`, { views: i });
  longest = Math.max(longest, counters.waiting);
}
console.log(`300 writes of 150 pages took ${(performance.now() - started).toFixed(0)} ms; at most ${longest} waited`);
assert.ok(longest <= 50 + 20, 'the queue is bounded');
assert.deepEqual(await counters.read('page:149'), { views: 299 });
assert.ok(counters.waiting > 0);
console.log(`${counters.waiting} writes are not in the database yet: a crash now would lose them`);

database.failNext = true;
await counters.close();
assert.equal(counters.waiting, 0);
for (let i = 150; i < 300; i++) assert.deepEqual(database.rows.get(`page:${i % 150}`), { views: i });
console.log(`after close() the database has all 150 pages, after ${database.calls} calls`);
await assert.rejects(counters.write('page:1', { views: 0 }), /closed/);
await cache.close();
