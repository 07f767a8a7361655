// The smallest client that works: it keeps its entries in a Map, and refuses scripts, as a server may. A key with
// 'broken' in it makes it fail.
const refusal = (message) => Object.assign(new Error(message), { name: 'ReplyError' });

module.exports = class FakeClient {
  status = 'ready';
  hashes = new Map();

  on() {}
  removeListener() {}
  async connect() {}
  disconnect() {
    throw new Error('a client that was handed in is never closed');
  }

  async hmgetBuffer(key, ...fields) {
    if (key.includes('broken')) throw refusal('LOADING Redis is loading the dataset in memory');
    return fields.map((field) => this.hashes.get(key)?.get(field) ?? null);
  }
  async unlink(...keys) {
    return keys.filter((key) => this.hashes.delete(key)).length;
  }
  multi() {
    const { hashes } = this;
    const transaction = {
      unlink: (key) => {
        hashes.delete(key);
        return transaction;
      },
      hset: (key, ...fields) => {
        const bytes = fields.map((each) => (typeof each === 'string' ? new TextEncoder().encode(each) : each));
        hashes.set(key, new Map([0, 2, 4].map((i) => [fields[i], bytes[i + 1]])));
        return transaction;
      },
      pexpire: () => transaction,
      exec: async () => [],
    };
    return transaction;
  }

  async evalsha() {
    throw refusal("ERR unknown command 'EVALSHA'");
  }
  async evalshaBuffer() {
    throw refusal("ERR unknown command 'EVALSHA'");
  }
  async evalBuffer() {
    throw refusal("ERR unknown command 'EVAL'");
  }
  async hexists(key, field) {
    return this.hashes.get(key)?.has(field) ? 1 : 0;
  }
  async pexpire(key) {
    return this.hashes.has(key) ? 1 : 0;
  }
  async scanBuffer() {
    return [Buffer.from('0'), [...this.hashes.keys()].map((key) => Buffer.from(key))];
  }
  async client() {
    throw refusal("ERR unknown command 'CLIENT'");
  }
  async publish() {
    return 0;
  }
};
