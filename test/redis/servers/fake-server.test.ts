import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';
import { describe, expect, it } from 'vitest';
import { errorLines, type FakeBehaviour, type FakeServerOptions, startFakeServer } from './fake-server.js';
import { kept, leavesNoProcessBehind } from './kept.js';
import { startRedis } from './redis-server.js';
import { describeWithRedis } from './requirement.js';
import { soon, until } from './waiting.js';

leavesNoProcessBehind();

interface Client {
  on(event: 'error', listener: (error: Error) => void): unknown;
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<string | null>;
  hmget(key: string, ...fields: string[]): Promise<(string | null)[]>;
  eval(script: string, keys: number): Promise<unknown>;
  connect(): Promise<void>;
  disconnect(): void;
}

const options = { lazyConnect: true, maxRetriesPerRequest: 0, enableOfflineQueue: true, connectionName: 'x', db: 1 };
const clients: [string, (port: number) => Client][] = [
  ['ioredis 6', (port) => new Redis({ port, ...options, password: 'p' })],
  ['ioredis 6 with RESP2', (port) => new Redis({ port, ...options, protocol: 2 })],
  ['ioredis 5', (port) => new Redis5({ port, ...options, password: 'p' })],
];

describe.each(clients)('startFakeServer with %s', (_, create) => {
  async function connected(behaviour: FakeBehaviour, fakeOptions: FakeServerOptions = {}) {
    const server = await kept(startFakeServer(behaviour, fakeOptions));
    const client = await kept(create(server.port));
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    // Resolves only when the handshake and the ready check are through.
    if (fakeOptions.handshake !== false) await client.connect();
    return { server, client, errors };
  }

  it.each(Object.entries(errorLines))('says that it is %s', async (_, line) => {
    const { server, client } = await connected({ kind: 'error', line });
    await expect(client.get('k')).rejects.toThrow(line);
    await expect(client.set('k', 'v')).rejects.toThrow(line);
    server.behave({ kind: 'answer' });
    expect(await client.get('k')).toBeNull();
    expect(server.connections).toBe(1);
  });

  it('answers late, in order', async () => {
    const { client } = await connected({ kind: 'late', ms: 80 });
    const started = performance.now();
    const answers = [client.set('k', 'v'), client.hmget('k', 'a', 'b')];
    expect(await soon(Promise.any(answers))).toBe('pending');
    expect(await Promise.all(answers)).toEqual(['OK', [null, null]]);
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('answers nothing', async () => {
    const { server, client } = await connected({ kind: 'silent' });
    const answer = client.get('k').catch((error: Error) => error.message);
    expect(await soon(answer)).toBe('pending');
    server.behave({ kind: 'answer' });
    // What comes after must not be taken for its answer.
    const next = client.set('k', 'v').catch((error: Error) => error.message);
    expect(await soon(Promise.race([answer, next]))).toBe('pending');
    client.disconnect();
    expect(await answer).toBe('Connection is closed.');
    await next;
  });

  it('talks garbage', async () => {
    const { client } = await connected({ kind: 'garbage' });
    await expect(client.get('k')).rejects.toThrow();
  });

  it('closes', async () => {
    const { server, client } = await connected({ kind: 'close' });
    await expect(client.get('k')).rejects.toThrow();
    await until(() => server.connections >= 2, 'the client comes again');
  });

  it('does the same to a handshake', async () => {
    const closing = await connected({ kind: 'close' }, { handshake: false });
    await expect(closing.client.get('k')).rejects.toThrow();
    expect(closing.server.commands()).toEqual([]);
    const mute = await connected({ kind: 'silent' }, { handshake: false });
    const connecting = mute.client.connect().catch(() => 'failed');
    await until(() => mute.server.commands().length > 0, 'the client introduces itself');
    expect(await soon(connecting)).toBe('pending');
    mute.client.disconnect();
    await connecting;
    const refusing = await connected({ kind: 'error', line: errorLines.noauth }, { handshake: false });
    await refusing.client.connect().catch(() => {});
    await until(() => refusing.errors.some(({ message }) => message.includes('NOAUTH')), 'the client is refused');
  });
});

describeWithRedis('startFakeServer before a server', () => {
  it.each(clients)('gives its answers late to %s', async (_, create) => {
    const target = await kept(startRedis());
    const fake = await kept(startFakeServer({ kind: 'late', ms: 60 }, { target }));
    const client = await kept(create(fake.port));
    await client.connect();
    const answer = client.eval("return {redis.call('INCR', 'n'), false, 'x'}", 0);
    expect(await soon(answer)).toBe('pending');
    expect(await answer).toEqual([1, null, 'x']);
    await target.kill();
    await expect(client.get('k')).rejects.toThrow();
  });
});
