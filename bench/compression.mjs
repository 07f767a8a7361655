// What each compression costs and saves, on JSON of several lengths: why `compressed` takes brotli at 4. node bench/compression.mjs
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

const { constants } = zlib;
const brotli = (quality) => (value) =>
  promisify(zlib.brotliCompress)(value, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
const ways = {
  'gzip 6': [promisify(zlib.gzip), promisify(zlib.gunzip)],
  'brotli 4': [brotli(4), promisify(zlib.brotliDecompress)],
  'brotli 11': [brotli(11), promisify(zlib.brotliDecompress)],
  ...(zlib.zstdCompress && { zstd: [promisify(zlib.zstdCompress), promisify(zlib.zstdDecompress)] }),
};
const product = (id) => ({
  id,
  name: `Product ${id}`,
  price: Math.round(Math.sin(id) * 5_000 + 5_000) / 100,
  tags: ['garden', 'tools', `supplier:${id % 17}`],
  description: `A thing of the kind ${(id * 7_919) % 101}, made in ${1990 + (id % 30)}.`,
});

async function millis(run) {
  const times = [];
  for (let round = 0; round < 9; round++) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[4];
}

for (const count of [10, 100, 3_000]) {
  const value = Buffer.from(JSON.stringify(Array.from({ length: count }, (_, id) => product(id))));
  console.log(`${value.length} bytes`);
  for (const [name, [compress, decompress]] of Object.entries(ways)) {
    const stored = await compress(value);
    const [there, back] = [await millis(() => compress(value)), await millis(() => decompress(stored))];
    console.log(
      `  ${name.padEnd(10)} ${((100 * stored.length) / value.length).toFixed(1)} %  ${there.toFixed(2)} ms  back ${back.toFixed(2)} ms`,
    );
  }
}
