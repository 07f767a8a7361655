import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConnectionString } from '../../../src/providers/redis/connection/connection-string.js';
import { planConnection } from '../../../src/providers/redis/connection/plan.js';
import { parseRedisUrl } from '../../../src/providers/redis/connection/redis-url.js';
import { refusal } from './tools.js';

// Long and odd enough to be in no message by chance.
const marker = 'qzj7';
const anyPassword = fc.string({ unit: 'binary', maxLength: 20 }).map((rest) => `${marker}${rest}${marker}=`);
const password = anyPassword.filter((each) => !each.includes(','));

/** What makes a string with a password in it fail. */
const mistakes = [
  'flibble=1',
  'ssl=perhaps',
  'syncTimeout=-42',
  'host:0',
  'a b',
  '$CONFIG=',
  'proxy=Twemproxy',
  'sslProtocols=Ssl2',
  '=',
];

describe('a password', () => {
  it('comes through a connection string as it is, and is shown by nothing', () => {
    fc.assert(
      fc.property(password, (secret) => {
        const settings = parseConnectionString(`host:6380,ssl=true,password=${secret},abortConnect=False`);
        expect(settings.password).toBe(secret);
        expect(settings.endpoints).toEqual([{ host: 'host', port: 6380 }]);
        expect(inspect(settings) + JSON.stringify(settings)).not.toContain(marker);
        expect(planConnection(`host,password=${secret}`).options.password).toBe(secret);
      }),
    );
  });

  it('comes through a URL percent-encoded, and is shown by nothing', () => {
    fc.assert(
      fc.property(anyPassword, (secret) => {
        const settings = parseRedisUrl(`rediss://${encodeURIComponent(secret)}:${encodeURIComponent(secret)}@host:1`);
        expect([settings.user, settings.password]).toEqual([secret, secret]);
        expect(inspect({ ...settings, user: '', sentinelUser: '' })).not.toContain(marker);
      }),
    );
  });

  it('is in no message, whatever else is wrong, wherever it stands', () => {
    const key = fc.constantFrom('password', 'sentinelPassword', ' PassWord ');
    fc.assert(
      fc.property(password, key, fc.constantFrom(...mistakes), fc.boolean(), (secret, name, mistake, first) => {
        const entries = [`${name}=${secret}`, mistake];
        const text = ['host', ...(first ? entries : entries.reverse())].join(',');
        expect(refusal(() => parseConnectionString(text)).everything).not.toContain(marker);
      }),
    );
  });

  it('is in no message when it has a comma: no part of it', () => {
    const part = fc.string({ unit: 'grapheme-ascii', maxLength: 8 }).map((rest) => `${marker}${rest}`);
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 4 }), fc.constantFrom(...mistakes), (parts, mistake) => {
        const text = `host,password=${parts.join(',')},${mistake}`;
        expect(refusal(() => parseConnectionString(text)).everything).not.toContain(marker);
      }),
    );
  });

  it.each([
    // A comma was forgotten, or is a semicolon, or the password stands in the wrong place.
    'host:6380;password=qzj7;ssl=true',
    'host,ssl=true;password=qzj7',
    'host,ssl=true password=qzj7',
    'host,syncTimeout=5000 password:qzj7',
    'host,version=7 qzj7!',
    'host,sslProtocols=Tls12;password=qzj7',
    'password qzj7',
    'host,password:qzj7 x',
    'host,user:qzj7@host',
    'user:qzj7@host:6379?ssl=true',
    'redis:/user:qzj7@host',
    'host,tunnel=http://user:qzj7@proxy:1',
    'host,password=a,$qzj7=b',
    'host,password=a,$QZJ7=b',
    'host,password=a,$qzj7',
    'host,password=a,qzj7=b',
    'host,sentinelPassword=a,qzj7=b',
    'host,sentinelPassword=a,qzj7:b',
  ])('%s: is not in the message', (text) => {
    expect(refusal(() => planConnection(text)).everything).not.toMatch(/qzj7/i);
  });

  it('is in no message about a URL, whatever else is wrong, encoded or not', () => {
    const wrong = fc.constantFrom(
      'host:1#x',
      'host:0',
      'host:99999',
      'host:x',
      'host/zero',
      'host?db=x',
      'host?x=1',
      'a b',
      '[::g]',
      '',
    );
    const encode = fc.constantFrom(encodeURIComponent, encodeURI, (text: string) => text);
    fc.assert(
      fc.property(anyPassword, wrong, encode, (secret, rest, encoded) => {
        const text = `redis://user:${encoded(secret)}@${rest}`;
        expect(refusal(() => parseRedisUrl(text)).everything).not.toContain(marker);
      }),
    );
  });

  it.each([
    'redis://:12/qzj7@host',
    'redis://u:12?qzj7@host',
    'redis://u:12?qzj7&qzj7=5@host',
    'redis://u:12#qzj7@host',
    'redis://u/qzj7@host',
    'redis://u:%qzj7@host',
    'redis://u:qzj7%@host',
    'redis://u:a\nqzj7@host',
    'redis://host?password=qzj7',
    'redis://host?password:qzj7',
    'redis://host,password=qzj7',
    'https://user:qzj7@host',
    'unix://user:qzj7@/run/redis.sock',
  ])('%s: is not in the message', (text) => {
    expect(refusal(() => parseRedisUrl(text)).everything).not.toContain('qzj7');
  });
});
