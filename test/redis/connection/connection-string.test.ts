import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseConnectionString as parse } from '../../../src/providers/redis/connection/connection-string.js';
import type { RedisConnectionSettings } from '../../../src/providers/redis/connection/settings.js';
import { refusal } from './tools.js';

const documented = {
  ssl: false,
  sslHost: undefined,
  sslProtocols: undefined,
  checkCertificateRevocation: true,
  user: undefined,
  defaultDatabase: 0,
  name: undefined,
  connectTimeout: 5000,
  commandTimeout: 5000,
  connectRetry: 3,
  keepAlive: 60,
  tcpKeepAlive: true,
  setlib: true,
  serviceName: undefined,
  sentinelUser: undefined,
  abortConnect: true,
  protocol: undefined,
  hints: [],
};

describe('a connection string', () => {
  it('has the documented defaults', () => {
    const settings = parse('myhost');
    expect(settings).toEqual({ ...documented, endpoints: [{ host: 'myhost', port: 6379 }] });
    expect([settings.password, settings.sentinelPassword]).toEqual([undefined, undefined]);
  });

  it.each<[string, RedisConnectionSettings['endpoints']]>([
    ['myhost', [{ host: 'myhost', port: 6379 }]],
    ['myhost:7000', [{ host: 'myhost', port: 7000 }]],
    ['1.2.3.4:7000', [{ host: '1.2.3.4', port: 7000 }]],
    ['[2a01:9820:1:24::1:1]:6379', [{ host: '2a01:9820:1:24::1:1', port: 6379 }]],
    ['[::1]', [{ host: '::1', port: 6379 }]],
    ['[fe80::1%eth0]:7000', [{ host: 'fe80::1%eth0', port: 7000 }]],
    ['2a01:9820:1:24::1:1:6379', [{ host: '2a01:9820:1:24::1:1:6379', port: 6379 }]],
    ['::1,ssl=true', [{ host: '::1', port: 6380 }]],
    ['!/run/redis.sock', [{ path: '/run/redis.sock' }]],
    ['my_container-1.local.', [{ host: 'my_container-1.local.', port: 6379 }]],
    [
      'a, b:1 ,,  c',
      [
        { host: 'a', port: 6379 },
        { host: 'b', port: 1 },
        { host: 'c', port: 6379 },
      ],
    ],
    ['a,ssl=true', [{ host: 'a', port: 6380 }]],
    ['a,serviceName=main', [{ host: 'a', port: 26379 }]],
    ['a,serviceName=main,ssl=true', [{ host: 'a', port: 26379 }]],
    ['a,serviceName=', [{ host: 'a', port: 6379 }]],
    ['a,A:6379,a:6380,!/s,!/s', [{ host: 'a', port: 6379 }, { host: 'a', port: 6380 }, { path: '/s' }]],
    ['name=x,a', [{ host: 'a', port: 6379 }]],
  ])('%s: the endpoints', (text, endpoints) => {
    expect(parse(text).endpoints).toEqual(endpoints);
  });

  it.each<[string, Partial<RedisConnectionSettings>]>([
    ['abortConnect=false', { abortConnect: false }],
    ['ssl=true', { ssl: true }],
    ['sslHost=other.example', { sslHost: 'other.example', ssl: false }],
    ['sslProtocols=Tls12|Tls13', { sslProtocols: ['TLSv1.2', 'TLSv1.3'] }],
    ['sslProtocols=Tls12|Tls13,', { sslProtocols: ['TLSv1.2', 'TLSv1.3'] }],
    ['sslProtocols=tls13 | TLS12', { sslProtocols: ['TLSv1.2', 'TLSv1.3'] }],
    ['sslProtocols=Tls|Tls11', { sslProtocols: ['TLSv1', 'TLSv1.1'] }],
    ['sslProtocols=None', { sslProtocols: undefined }],
    ['checkCertificateRevocation=no', { checkCertificateRevocation: false }],
    ['user=app', { user: 'app', sentinelUser: 'app' }],
    ['password=p', { password: 'p', sentinelPassword: 'p' }],
    ['password=a=b==', { password: 'a=b==' }],
    ['password =  spaces around ', { password: 'spaces around' }],
    ['password=', { password: undefined }],
    ['password=one,password=two', { password: 'two' }],
    ['password=one,PASSWORD=', { password: undefined }],
    ['defaultDatabase=3', { defaultDatabase: 3 }],
    ['name=orders', { name: 'orders' }],
    ['connectTimeout=100', { connectTimeout: 100, commandTimeout: 5000 }],
    ['syncTimeout=100', { commandTimeout: 100, connectTimeout: 5000 }],
    ['syncTimeout=100,asyncTimeout=200', { commandTimeout: 200 }],
    ['asyncTimeout=200,syncTimeout=100', { commandTimeout: 200 }],
    ['connectRetry=0', { connectRetry: 0 }],
    ['keepAlive=180', { keepAlive: 180 }],
    ['keepAlive=-1', { keepAlive: 60 }],
    ['keepAlive=0', { keepAlive: 60 }],
    ['tcpKeepAlive=off', { tcpKeepAlive: false }],
    ['setlib=0', { setlib: false }],
    ['serviceName=main', { serviceName: 'main' }],
    ['user=a,sentinelUser=b', { user: 'a', sentinelUser: 'b' }],
    ['password=a,sentinelPassword=b', { password: 'a', sentinelPassword: 'b' }],
    ['protocol=2', { protocol: 2 }],
    ['protocol=3', { protocol: 3 }],
    ['protocol=resp2', { protocol: 2 }],
    ['protocol=RESP3', { protocol: 3 }],
    ['SSL=True', { ssl: true }],
    ['connecttimeout=7', { connectTimeout: 7 }],
    ['ssl=true,ssl=false', { ssl: false }],
    ['syncTimeout=+7', { commandTimeout: 7 }],
  ])('host,%s', (text, expected) => {
    const settings = parse(`host,${text}`);
    for (const [key, value] of Object.entries(expected)) {
      expect(settings[key as keyof RedisConnectionSettings], key).toEqual(value);
    }
  });

  it.each([
    ['true', true],
    ['True', true],
    ['yes', true],
    ['on', true],
    ['1', true],
    ['false', false],
    ['NO', false],
    ['Off', false],
    ['0', false],
  ])('takes %s for %s', (text, expected) => {
    expect(parse(`host,ssl=${text}`).ssl).toBe(expected);
  });

  it.each([
    'allowAdmin=true',
    'resolveDns=true',
    'highIntegrity=true',
    'version=2.1.1',
    'version=7',
    'configChannel=c',
    'configChannel=',
    'configCheckSeconds=60',
    'tiebreaker=t',
    'tiebreaker=',
    'highPriorityThreads=true',
    'preserveAsyncOrder=false',
    'responseTimeout=1000',
    'writeBuffer=4096',
    'writeBuffer=what ever',
    'proxy=None',
    'proxy=none',
    'tunnel=',
    'channelPrefix=app1',
  ])('accepts %s, without effect', (text) => {
    expect(parse(`host,${text}`)).toEqual(parse('host'));
  });

  it.each([
    // [text, the key, the expectation, what was got]
    ['foo,flibble=value', 'TypeError', "'flibble'", 'a key of StackExchange.Redis', 'unknown'],
    ['foo,abortConect=false', 'TypeError', "'abortConect'", "did you mean 'abortConnect'?", 'unknown'],
    ['foo,password=x,abortConect=false', 'TypeError', "'abortConect'", "did you mean 'abortConnect'?", 'unknown'],
    ['foo,syncTimeout=ten', 'TypeError', "'syncTimeout'", 'a whole number of milliseconds', '"ten"'],
    ['foo,SYNCTIMEOUT=ten', 'TypeError', "'syncTimeout'", 'a whole number of milliseconds', '"ten"'],
    ['foo,syncTimeout=-42', 'RangeError', "'syncTimeout'", 'from 1', '"-42"'],
    ['foo,syncTimeout=', 'TypeError', "'syncTimeout'", 'from 1', 'nothing'],
    ['foo,syncTimeout=1.5', 'TypeError', "'syncTimeout'", 'a whole number', '"1.5"'],
    ['foo,asyncTimeout=0', 'RangeError', "'asyncTimeout'", 'from 1', '"0"'],
    ['foo,connectTimeout=2147483648', 'RangeError', "'connectTimeout'", 'to 2147483647', '"2147483648"'],
    ['foo,connectRetry=-1', 'RangeError', "'connectRetry'", 'from 0', '"-1"'],
    ['foo,keepAlive=-2', 'RangeError', "'keepAlive'", 'seconds', '"-2"'],
    ['foo,defaultDatabase=-1', 'RangeError', "'defaultDatabase'", 'from 0', '"-1"'],
    ['foo,defaultDatabase=zero', 'TypeError', "'defaultDatabase'", 'a whole number', '"zero"'],
    ['foo,configCheckSeconds=x', 'TypeError', "'configCheckSeconds'", 'a whole number', '"x"'],
    ['foo,ssl=maybe', 'TypeError', "'ssl'", 'true/false', '"maybe"'],
    ['foo,ssl=', 'TypeError', "'ssl'", 'true/false', 'nothing'],
    ['foo,allowAdmin=2', 'TypeError', "'allowAdmin'", 'true/false', '"2"'],
    ['foo,abortConnect=constructor', 'TypeError', "'abortConnect'", 'true/false', '"constructor"'],
    ['foo,version=new', 'TypeError', "'version'", 'a version', '"new"'],
    ['foo,protocol=4', 'TypeError', "'protocol'", 'resp3', '"4"'],
    ['foo,sslProtocols=constructor', 'TypeError', "'sslProtocols'", 'Tls12', '"constructor"'],
    ['foo,sslProtocols=Ssl3', 'TypeError', "'sslProtocols'", 'Tls12', '"ssl3"'],
    ['foo,sslProtocols=Tls|Tls12', 'RangeError', "'sslProtocols'", 'follow each other', 'TLSv1 and TLSv1.2'],
    ['foo,proxy=Twemproxy', 'TypeError', "'proxy'", 'None', 'another value'],
    ['foo,proxy=Envoyproxy', 'TypeError', "'proxy'", 'None', 'another value'],
    ['foo,tunnel=http:proxy:8080', 'TypeError', "'tunnel'", 'no tunnel', 'another value'],
    ['foo,$CONFIG=', 'TypeError', "'$CONFIG'", 'every command under its own name', 'renamed or disabled'],
    ['foo,$select=use', 'TypeError', "'$select'", 'every command under its own name', 'renamed or disabled'],
    ['foo,host:99999', 'TypeError', 'entry 2', 'an endpoint', '"host:99999"'],
    ['host:', 'TypeError', 'entry 1', 'an endpoint', '"host:"'],
    ['host:0', 'TypeError', 'entry 1', 'an endpoint', '"host:0"'],
    ['host:x', 'TypeError', 'entry 1', 'an endpoint', '"host:x"'],
    [':6379', 'TypeError', 'entry 1', 'an endpoint', '":6379"'],
    ['a b', 'TypeError', 'entry 1', 'an endpoint', '"a b"'],
    ['a:b:c', 'TypeError', 'entry 1', 'an endpoint', '"a:b:c"'],
    ['[::1', 'TypeError', 'entry 1', 'an endpoint', '"[::1"'],
    ['[host]:1', 'TypeError', 'entry 1', 'an endpoint', '"[host]:1"'],
    ['!', 'TypeError', 'entry 1', 'an endpoint', '"!"'],
    ['=x', 'TypeError', 'entry 1', 'an endpoint', 'a text of 2 characters'],
    ['', 'TypeError', 'connection string', 'at least one endpoint', 'none'],
    [' , ,', 'TypeError', 'connection string', 'at least one endpoint', 'none'],
    ['ssl=true', 'TypeError', 'connection string', 'at least one endpoint', 'none'],
  ])('%s is refused', (text, type, key, expected, got) => {
    const { name, message } = refusal(() => parse(text));
    expect(name).toBe(type);
    expect(message).toMatch(/^.+: expected .+, got .+\.$/);
    const [what, rest] = message.split(': expected ') as [string, string];
    expect(what).toContain(key);
    const split = rest.lastIndexOf(', got ');
    expect(rest.slice(0, split)).toContain(expected);
    expect(rest.slice(split)).toContain(got);
  });

  it('must be a string', () => {
    expect(refusal(() => parse(undefined as never)).message).toContain('got undefined');
    expect(refusal(() => parse(new String('host') as never)).message).toContain('got an object');
  });

  it('gives settings that cannot be changed', () => {
    const settings = parse('host,sslProtocols=Tls12,password=x');
    for (const each of [settings, settings.endpoints, settings.endpoints[0], settings.hints, settings.sslProtocols]) {
      expect(Object.isFrozen(each)).toBe(true);
    }
    expect(() => Object.assign(settings, { password: 'y' })).toThrow(TypeError);
  });

  it('gives settings that show no password to whoever only logs them', () => {
    const settings = parse('host,user=app,password=s3cr3t-1,sentinelPassword=s3cr3t-2');
    expect([settings.password, settings.sentinelPassword]).toEqual(['s3cr3t-1', 's3cr3t-2']);
    const logged = [
      inspect(settings, { depth: 9 }),
      JSON.stringify(settings),
      JSON.stringify({ ...settings }),
      `${settings}`,
      inspect(structuredClone(settings)),
      inspect(Object.entries(settings)),
    ];
    for (const text of logged) expect(text).not.toContain('s3cr3t');
    expect(logged[0]).toContain('app');
  });

  it('tells of an endpoint that may be the rest of a password', () => {
    const { hints } = parse('host,password=abc,def,ssl=true,other');
    expect(hints).toEqual([expect.stringContaining('Entry 3')]);
    expect(hints.join()).not.toMatch(/abc|def/);
  });
});
