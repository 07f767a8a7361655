import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { kept, leavesNoProcessBehind } from './kept.js';
import { RawClient, rawCommand } from './raw-client.js';
import { startRedis } from './redis-server.js';
import { describeWithRedis } from './requirement.js';
import { encodeCommand, encodeReply, type Reply, replySplitter, requestSplitter } from './resp.js';

leavesNoProcessBehind();

const connect = (...args: Parameters<typeof RawClient.connect>) => kept(RawClient.connect(...args));

describe('RESP', () => {
  const commands = [['SET', 'k', randomBytes(300)], ['PING'], ['SET', '', '']].map((args) =>
    args.map((arg) => Buffer.from(arg)),
  );
  const replies: Reply[] = [['OK', 7, null, [Buffer.from('a\r\nb'), []]], Buffer.alloc(0), -1, 9007199254740993n];

  it.each([1, 2, 3, 7, 100, 10_000])('is understood in pieces of %i bytes', (size) => {
    const pieces = (bytes: Buffer) =>
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
    const requests = requestSplitter();
    const bytes = Buffer.concat(commands.map(encodeCommand));
    expect(pieces(bytes).flatMap((piece) => requests.push(piece))).toEqual(commands);
    const answers = replySplitter();
    const all = Buffer.concat(replies.map(encodeReply));
    expect(pieces(all).flatMap((piece) => answers.push(piece))).toEqual(replies);
  });

  it('is told from what is none', () => {
    expect(() => requestSplitter().push(Buffer.from('*1\r\n:5\r\n'))).toThrow('not RESP');
    expect(() => replySplitter().push(Buffer.from('HTTP/1.1 400\r\n'))).toThrow('not RESP');
  });
});

describeWithRedis('RawClient', () => {
  it('writes and reads an entry as .NET does, byte for byte', async () => {
    const client = await connect((await kept(startRedis())).url);
    const data = Buffer.from([0, 13, 10, 255]);
    const written = client.command('HMSET', 'k', 'absexp', -1, 'sldexp', '600000000', 'data', data);
    const bounded = client.command('EXPIRE', 'k', 60);
    expect([await written, await bounded]).toEqual(['OK', 1]);
    expect(await client.command('HMGET', 'k', 'absexp', 'data', 'none')).toEqual([Buffer.from('-1'), data, null]);
    expect(await client.command('TTL', 'k')).toBe(60);
    const large = randomBytes(3 << 20);
    await client.command('SET', 'large', large);
    // toEqual takes seconds for so many bytes.
    expect(large.equals((await client.command('GET', 'large')) as Buffer)).toBe(true);
  });

  it('rejects with what Redis said, and once its connection is gone', async () => {
    const server = await kept(startRedis());
    const client = await connect(server.port);
    await client.command('SET', 'k', 'v');
    await expect(client.command('HGET', 'k', 'f')).rejects.toMatchObject({ name: 'ReplyError', code: 'WRONGTYPE' });
    await client.command('MULTI');
    await client.command('HGET', 'k', 'f');
    expect(await client.command('EXEC')).toEqual([expect.objectContaining({ code: 'WRONGTYPE' })]);
    const waiting = client.command('BLPOP', 'none', 0);
    const failed = expect(waiting).rejects.toThrow();
    await server.kill();
    await failed;
    await expect(client.command('PING')).rejects.toThrow();
    await expect(rawCommand(server.port, 'PING')).rejects.toThrow('ECONNREFUSED');
  });
});
