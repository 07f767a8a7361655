import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { kept, leavesNoProcessBehind } from './kept.js';
import { startProxy } from './proxy.js';
import { RawClient, rawCommand } from './raw-client.js';
import { startRedis } from './redis-server.js';
import { describeWithRedis, describeWithTls } from './requirement.js';
import { encodeCommand, encodeReply } from './resp.js';
import { startTls } from './topologies.js';
import { soon, until } from './waiting.js';

leavesNoProcessBehind();

const connect = (...args: Parameters<typeof RawClient.connect>) => kept(RawClient.connect(...args));
const refusal = (port: number) => rawCommand(port, 'PING').catch((error: NodeJS.ErrnoException) => error.code);

describeWithRedis('startProxy', () => {
  async function through() {
    const server = await kept(startRedis());
    const proxy = await kept(startProxy(server));
    return { server, proxy, client: await connect(proxy.url) };
  }

  it('passes on and counts', async () => {
    const { proxy, client } = await through();
    const large = randomBytes(3 << 20);
    expect(await client.command('SET', 'k', large)).toBe('OK');
    expect(large.equals((await client.command('get', 'k')) as Buffer)).toBe(true);
    expect(await client.command('GET', 'é')).toBeNull();
    const sent = [
      ['SET', 'k', large],
      ['get', 'k'],
      ['GET', 'é'],
    ].map(encodeCommand);
    const got = ['OK', large, null].map(encodeReply);
    expect(proxy.stats).toEqual({
      connections: 1,
      open: 1,
      bytesToServer: Buffer.concat(sent).length,
      bytesToClient: Buffer.concat(got).length,
    });
    expect(proxy.commands().slice(1)).toEqual([
      ['get', 'k'],
      ['GET', 'é'],
    ]);
    expect([proxy.countOf('GET'), proxy.countOf('set'), proxy.countOf('none')]).toEqual([2, 1, 0]);
    proxy.forgetCommands();
    expect(proxy.commands()).toEqual([]);
  });

  it('tells either side that the other has closed', async () => {
    const { server, proxy, client } = await through();
    const clients = async () => String(await rawCommand(server.socket, 'CLIENT', 'LIST')).split('\n').length - 2;
    expect(await clients()).toBe(1);
    client.close();
    await until(async () => (await clients()) === 0, 'the server has no client left');
    expect(proxy.stats.open).toBe(0);
    const other = await connect(proxy.port);
    const waiting = expect(other.command('BLPOP', 'none', 0)).rejects.toThrow();
    await until(() => proxy.countOf('BLPOP') === 1, 'the command has come');
    await server.kill();
    await waiting;
    // Nobody behind it: a connection ends as it begins.
    await expect(rawCommand(proxy.port, 'PING')).rejects.toThrow();
  });

  it('cuts', async () => {
    const { proxy, client } = await through();
    const waiting = expect(client.command('BLPOP', 'none', 0)).rejects.toThrow();
    await until(() => proxy.countOf('BLPOP') === 1, 'the command has come');
    proxy.cut();
    await waiting;
    expect(await rawCommand(proxy.port, 'PING')).toBe('PONG');
    await until(() => proxy.stats.open === 0, 'no connection is open');
  });

  it('stalls, and resumes', async () => {
    const { server, proxy, client } = await through();
    proxy.stall();
    const answer = client.command('INCR', 'n');
    const other = await connect(proxy.port);
    const late = other.command('PING');
    expect(await soon(answer)).toBe('pending');
    expect(proxy.countOf('INCR')).toBe(1);
    expect(await rawCommand(server.port, 'GET', 'n')).toBeNull();
    proxy.resume();
    expect([await answer, await late]).toEqual([1, 'PONG']);
  });

  it('stalls replies only: the server does what it is asked for', async () => {
    const { server, proxy, client } = await through();
    proxy.stall('replies');
    const answer = client.command('INCR', 'n');
    await until(async () => (await rawCommand(server.port, 'GET', 'n')) !== null, 'the server has done it');
    // Nor does the client hear of the server's end.
    await server.kill();
    expect(await soon(answer)).toBe('pending');
    proxy.resume();
    expect(await answer).toBe(1);
    await expect(client.command('PING')).rejects.toThrow();
  });

  it('holds back only so much: a sender notices', async () => {
    const { proxy, client } = await through();
    proxy.stall();
    const value = randomBytes(1 << 20);
    const answers = Array.from({ length: 30 }, (_, i) => client.command('SET', `k${i}`, value));
    expect(await soon(Promise.any(answers))).toBe('pending');
    expect(proxy.countOf('SET')).toBeLessThan(10);
    proxy.resume();
    expect(await Promise.all(answers)).toEqual(answers.map(() => 'OK'));
  });

  it('cuts in the middle of a reply', async () => {
    const { server, proxy, client } = await through();
    await client.command('SET', 'k', 'a value');
    const cut = proxy.cutAfterReplyBytes(6);
    await expect(client.command('GET', 'k')).rejects.toThrow('closed');
    await cut;
    expect(proxy.stats.bytesToClient).toBe(5 + 6);
    // The next one is whole, and 0 loses an answer.
    const next = await connect(proxy.port);
    expect(String(await next.command('GET', 'k'))).toBe('a value');
    void proxy.cutAfterReplyBytes(0);
    await expect(next.command('INCR', 'n')).rejects.toThrow('closed');
    expect(String(await rawCommand(server.port, 'GET', 'n'))).toBe('1');
  });

  it('delays, in order', async () => {
    const { proxy, client } = await through();
    const timed = async (promise: Promise<unknown>) => {
      const started = performance.now();
      await promise;
      return performance.now() - started;
    };
    proxy.delay(60);
    const slow = timed(client.command('PING'));
    proxy.delay(0);
    const order: string[] = [];
    await Promise.all([
      client.command('ECHO', 'a').then(() => order.push('a')),
      client.command('ECHO', 'b').then(() => order.push('b')),
    ]);
    expect(order).toEqual(['a', 'b']);
    await slow;
    proxy.delay(60);
    expect(await timed(client.command('PING'))).toBeGreaterThan(55);
    proxy.delay(0);
    expect(await timed(client.command('PING'))).toBeLessThan(55);
  });

  it('refuses, and accepts again on the same port', async () => {
    const { proxy, client } = await through();
    proxy.refuse();
    proxy.refuse();
    expect(await refusal(proxy.port)).toBe('ECONNREFUSED');
    expect(await client.command('PING')).toBe('PONG');
    await proxy.accept();
    await proxy.accept();
    expect(await rawCommand(proxy.port, 'PING')).toBe('PONG');
    await proxy.stop();
    expect(await refusal(proxy.port)).toBe('ECONNREFUSED');
    await expect(client.command('PING')).rejects.toThrow();
  });
});

describeWithTls('startProxy before TLS', () => {
  it('passes on what it does not understand', async () => {
    const tls = await kept(startTls());
    const proxy = await kept(startProxy(tls));
    const client = await connect({ port: proxy.port, ca: tls.ca });
    expect(await client.command('PING')).toBe('PONG');
    expect(proxy.commands()).toEqual([]);
  });
});
