import { createHash } from 'node:crypto';
import { encodeReply, type Reply, ReplyError } from './resp.js';

const bulk = (text: string | number) => Buffer.from(String(text));

/** Answers to what a client asks for while it connects, as raw bytes; undefined for any other command. */
export function handshakeAnswer(
  command: readonly Buffer[],
  connection: { id: number; protocol: 2 | 3 },
  info: string,
): Buffer | undefined {
  const [name, sub] = command.slice(0, 2).map((word) => String(word).toUpperCase());
  switch (name) {
    case 'HELLO':
      if (sub === '3') connection.protocol = 3;
      return hello(connection);
    case 'AUTH':
    case 'SELECT':
    case 'READONLY':
      return encodeReply('OK');
    case 'CLIENT':
      return encodeReply(sub === 'ID' ? connection.id : 'OK');
    case 'INFO':
      return encodeReply(bulk(info));
    default:
      return undefined;
  }
}

function hello({ id, protocol }: { id: number; protocol: 2 | 3 }): Buffer {
  const text = { server: 'redis', version: '7.0.15' };
  const fields = { ...text, proto: protocol, id, mode: 'standalone', role: 'master' };
  const flat: Reply[] = Object.entries(fields).flatMap(([key, value]) => [
    bulk(key),
    typeof value === 'number' ? value : bulk(value),
  ]);
  flat.push(bulk('modules'), []);
  const items = Buffer.concat(flat.map(encodeReply));
  const head = protocol === 3 ? `%${flat.length / 2}` : `*${flat.length}`;
  return Buffer.concat([Buffer.from(`${head}\r\n`), items]);
}

export const defaultInfo = [
  ...['# Server', 'redis_version:7.0.15', 'redis_mode:standalone', '# Persistence', 'loading:0'],
  ...['# Replication', 'role:master', 'connected_slaves:0', ''],
].join('\r\n');

/** What a server without a single key answers. Scripts give nil; a fake server with a `target` does them properly. */
export function emptyServerAnswer(command: readonly Buffer[]): Reply {
  const args = command.map(String);
  const name = (args[0] ?? '').toUpperCase();
  switch (name) {
    case 'PING':
      return command[1] ?? 'PONG';
    case 'GET':
    case 'HGET':
    case 'EVAL':
    case 'EVALSHA':
      return null;
    case 'HMGET':
      return args.slice(2).map(() => null);
    case 'HGETALL':
      return [];
    case 'SET':
    case 'HMSET':
      return 'OK';
    case 'HSET':
      return (args.length - 2) / 2;
    case 'DEL':
    case 'UNLINK':
    case 'EXISTS':
    case 'EXPIRE':
    case 'PEXPIRE':
    case 'PERSIST':
    case 'PUBLISH':
      return 0;
    case 'TTL':
    case 'PTTL':
      return -2;
    case 'SCAN':
      return [bulk(0), []];
    case 'TIME': {
      const now = Date.now();
      return [bulk(Math.floor(now / 1000)), bulk((now % 1000) * 1000)];
    }
    case 'SCRIPT':
      if (args[1]?.toUpperCase() === 'LOAD')
        return bulk(
          createHash('sha1')
            .update(command[2] as Buffer)
            .digest('hex'),
        );
      return args[1]?.toUpperCase() === 'EXISTS' ? args.slice(2).map(() => 1) : 'OK';
    default:
      return new ReplyError(`ERR unknown command '${args[0]}' (a fake server)`);
  }
}
