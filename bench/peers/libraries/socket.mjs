// What Redis and Node can do at most: a bare socket, GETs of one tick written at once, replies cut out of what comes in. No library,
// no errors, no end: a bound and not a client.
import { once } from 'node:events';
import { connect } from 'node:net';

export const packageName = undefined;
export const cases = ['redis-hit-1', 'redis-hit-1-100b', 'redis-hit-1-100kb', 'redis-hit-64', 'redis-hit-256'];

export async function redis({ url, prefix }) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  const waiting = [];
  let first = 0;
  let asked = '';
  let rest = Buffer.alloc(0);

  function send(command, resolve) {
    waiting.push(resolve);
    if (asked === '') process.nextTick(flush);
    asked += command;
  }
  function flush() {
    socket.write(asked);
    asked = '';
  }
  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (;;) {
      const line = bytes.indexOf('\r\n', at);
      if (line < 0) break;
      const isBulk = bytes[at] === 0x24;
      const length = isBulk ? Number(bytes.latin1Slice(at + 1, line)) : -1;
      const end = length < 0 ? line + 2 : line + 2 + length + 2;
      if (end > bytes.length) break;
      waiting[first++](length < 0 ? undefined : bytes.utf8Slice(line + 2, line + 2 + length));
      at = end;
    }
    rest = bytes.subarray(at);
    if (first === waiting.length) first = waiting.length = 0;
  });

  const bulk = (text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
  const ask = (...words) => new Promise((resolve) => send(`*${words.length}\r\n${words.map(bulk).join('')}`, resolve));
  return {
    async getOrCreate(key, factory) {
      const text = await ask('GET', prefix + key);
      if (text !== undefined) return JSON.parse(text);
      const value = await factory(key);
      await ask('SET', prefix + key, JSON.stringify(value), 'PX', '3600000');
      return value;
    },
    close: () => socket.destroy(),
  };
}
