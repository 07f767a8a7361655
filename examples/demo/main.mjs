// The demo: countries of the world from a slow source, with a cache before it. Every number printed is measured in this
// run. Run it with `npm run demo`.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { getOrCreate, MemoryCache, prefixed, removeMany } from 'distributed-cache';
import { CountrySource } from './source.mjs';
import { Statistics } from './statistics.mjs';

const source = new CountrySource();
const statistics = new Statistics();
const cache = new MemoryCache({ onEvent: statistics.onEvent });
const countries = prefixed(cache, 'countries:');

// The code under demonstration: two reads and an update.
const find = (code, expiration = { relativeExpiration: '5m' }) =>
  getOrCreate(countries, `one:${code}`, ({ signal }) => source.find(code, signal), expiration);
const region = (name) =>
  getOrCreate(countries, `region:${name}`, ({ signal }) => source.region(name, signal), { relativeExpiration: '5m' });
async function update(code, change) {
  const country = await source.update(code, change);
  await removeMany(countries, [`one:${code}`, `region:${country.region}`]);
}

let hitMs = 0;
let hits = 0;

/** Runs one request and prints what it cost. */
async function request(what, run, expected, show = (value) => value.name.common) {
  const before = { calls: source.calls, hits: statistics.hits };
  const started = performance.now();
  const value = await run();
  const ms = performance.now() - started;
  const calls = source.calls - before.calls;
  if (statistics.hits > before.hits) {
    hits++;
    hitMs += ms;
  }
  const from = calls === 0 ? 'cache' : 'source';
  print(what, ms, from, value === undefined ? '' : show(value));
  assert.equal(from, expected, `${what}: answered by`);
  return value;
}

const title = (text) => console.log(`\n${text}\n${'-'.repeat(text.length)}`);
let storedAt = 0;
/** How long ago the entry of the current part was stored. */
const later = () => `${(performance.now() - storedAt).toFixed(0)} ms later`;
const milliseconds = (ms) => `${ms.toFixed(ms < 10 ? 3 : 1)} ms`;
const print = (what, ms, from, result) =>
  console.log(`  ${what.padEnd(30)} ${milliseconds(ms).padStart(11)}   ${from.padEnd(7)} ${result}`.trimEnd());
const capitalIn = (list) =>
  `${list.length} countries, capital of Kazakhstan: ${list.find(({ code }) => code === 'KAZ').capital}`;
const size = (list) => `${list.length} countries`;

title('Cold, then warm');
for (const temperature of ['cold', 'warm']) {
  for (const code of ['KAZ', 'BRA', 'KEN'])
    await request(`country ${code}, ${temperature}`, () => find(code), temperature === 'cold' ? 'source' : 'cache');
  await request(
    `region Asia, ${temperature}`,
    () => region('Asia'),
    temperature === 'cold' ? 'source' : 'cache',
    capitalIn,
  );
  await request(
    `region Africa, ${temperature}`,
    () => region('Africa'),
    temperature === 'cold' ? 'source' : 'cache',
    size,
  );
}

title('An update removes the country and the list that contains it');
await request('update KAZ', () => update('KAZ', { capital: ['Nur-Sultan'] }), 'source');
const updated = await request(
  'country KAZ, after the update',
  () => find('KAZ'),
  'source',
  ({ capital }) => `capital: ${capital}`,
);
const asia = await request('region Asia, after the update', () => region('Asia'), 'source', capitalIn);
assert.deepEqual(updated.capital, ['Nur-Sultan']);
assert.equal(asia.find(({ code }) => code === 'KAZ').capital, 'Nur-Sultan');
await request('region Asia, again', () => region('Asia'), 'cache', capitalIn);
await request('region Africa, untouched', () => region('Africa'), 'cache', size);

title('Relative to its storing: 600 ms, however often it is read');
const fixed = { relativeExpiration: '600ms' };
await request('country NOR, cold', () => find('NOR', fixed), 'source');
storedAt = performance.now();
for (let i = 0; i < 2; i++) {
  await sleep(200);
  await request(`country NOR, ${later()}`, () => find('NOR', fixed), 'cache');
}
await sleep(300);
await request(`country NOR, ${later()}`, () => find('NOR', fixed), 'source');

title('Absolute: at a time of the clock, here 500 ms from now');
const fixedTime = { absoluteExpiration: new Date(Date.now() + 500) };
await request('country PER, cold', () => find('PER', fixedTime), 'source');
await request('country PER, before that time', () => find('PER'), 'cache');
await sleep(fixedTime.absoluteExpiration.getTime() - Date.now() + 10);
await request('country PER, after that time', () => find('PER'), 'source');

title('Sliding: 600 ms without a read, five seconds at most');
const sliding = { slidingExpiration: '600ms', relativeExpiration: '5s' };
await request('country JPN, cold', () => find('JPN', sliding), 'source');
storedAt = performance.now();
for (let i = 0; i < 3; i++) {
  await sleep(350);
  await request(`country JPN, ${later()}`, () => find('JPN', sliding), 'cache');
}
await sleep(700);
await request(`country JPN, ${later()}`, () => find('JPN', sliding), 'source');

title('A stampede: 100 callers at once for a cold country');
const before = { calls: source.calls, joined: statistics.joined };
const started = performance.now();
const answers = await Promise.all(Array.from({ length: 100 }, () => find('ISL')));
const stampedeMs = performance.now() - started;
print('country ISL, 100 callers', stampedeMs, 'source', answers[0].name.common);
console.log(
  `  source calls: ${source.calls - before.calls}; callers that shared its answer: ${statistics.joined - before.joined}`,
);
assert.equal(source.calls - before.calls, 1);
assert.equal(statistics.joined - before.joined, 99);

title('A day at the office: 2,000 reads, some countries far more popular than others');
const codes = [
  'ISL',
  'BRA',
  'KEN',
  'KAZ',
  'NZL',
  'CAN',
  'PRT',
  'VNM',
  'EGY',
  'MEX',
  'FIN',
  'GHA',
  'CHL',
  'NPL',
  'FJI',
  'EST',
];
const officeStarted = performance.now();
for (let i = 0; i < 2000; i++) {
  const code = codes[Math.floor(codes.length * Math.random() ** 3)];
  const hitsBefore = statistics.hits;
  const readStarted = performance.now();
  await find(code);
  if (statistics.hits > hitsBefore) {
    hits++;
    hitMs += performance.now() - readStarted;
  }
}
print('2,000 reads', performance.now() - officeStarted, '', '');

assert.equal(hits, statistics.hits);
const meanLoad = statistics.loadMs / statistics.loads;
const meanHit = hitMs / hits;
const rows = [
  ['reads', statistics.reads],
  ['hits', statistics.hits],
  ['misses', statistics.misses],
  ['  of them shared a load', statistics.joined],
  ['  of them called the source', statistics.loads],
  ['hit ratio', `${((100 * statistics.hits) / statistics.reads).toFixed(1)} %`],
  ['source calls spared', `${statistics.reads - statistics.loads} of ${statistics.reads}`],
  ['mean source call', milliseconds(meanLoad)],
  ['mean hit', milliseconds(meanHit)],
  ['time saved', `${((hits * (meanLoad - meanHit)) / 1000).toFixed(1)} s`],
];
title('What the cache did (from its events)');
for (const [name, value] of rows) console.log(`  ${name.padEnd(30)} ${String(value).padStart(14)}`);
console.log('\n  Time saved: hits, times the difference between a mean source call and a mean hit.');
assert.equal(statistics.misses, statistics.joined + statistics.loads);

await cache.close();
