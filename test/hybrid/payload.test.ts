import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastTicks } from '../../src/core/ticks.js';
import { creationOffset, decodePayload, type Envelope, encodePayload } from '../../src/hybrid/payload.js';
import { captured, epochTicks, vectors } from '../redis/wire/recorded.js';
import { mutated } from './mutated.js';
import { Random } from './simulation/random.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const text = (value: string) => new TextEncoder().encode(value);

/** The envelope, of bytes that must be one. */
function decoded(bytes: Uint8Array, key: string): Envelope {
  const envelope = decodePayload(bytes, key);
  if (typeof envelope === 'string') throw new Error(envelope);
  return envelope;
}

describe('the payload of .NET', () => {
  it.each(vectors.hybridPayloadV1)(
    'is written and read as computed: %#',
    ({ entropy, created, durationMs, key, tags, payloadUtf8, hex: expected }) => {
      const ticks = epochTicks + BigInt(Date.parse(created)) * 10_000n;
      const parts = { key, created: ticks, durationMs, tags, payload: text(payloadUtf8), entropy };
      expect(hex(encodePayload(parts))).toBe(expected);
      expect(decoded(Buffer.from(expected, 'hex'), key)).toMatchObject({
        created: ticks,
        duration: BigInt(durationMs) * 10_000n,
        tags,
      });
    },
  );

  const recorded = captured.runs
    .flatMap(({ hybrid }) => hybrid)
    .map(({ key, fields }) => ({ key, base64: fields.data.base64 }));

  it('was recorded from running processes', () => {
    expect(recorded.length).toBeGreaterThan(8);
  });

  it.each(recorded)('is read as recorded, and written alike: $key', ({ key, base64 }) => {
    const bytes = Buffer.from(base64, 'base64');
    const { created, duration, tags, payload } = decoded(bytes, key);
    const entropy = bytes.readUInt16LE(2);
    const written = encodePayload({ key, created, durationMs: Number(duration / 10_000n), tags, payload, entropy });
    expect(hex(written)).toBe(hex(bytes));
  });
});

const well = fc
  .string({ unit: 'binary', maxLength: 40 })
  .filter((value) => (value as never as { isWellFormed(): boolean }).isWellFormed());
const parts = fc.record({
  key: well,
  created: fc.bigInt({ min: 0n, max: lastTicks }),
  durationMs: fc.integer({ min: 1, max: 922_337_203_685_477 }),
  tags: fc.oneof(fc.array(well, { maxLength: 5 }), fc.array(well, { minLength: 200, maxLength: 300 })),
  payload: fc.uint8Array({ maxLength: 300 }),
  staleMs: fc.integer({ min: 0, max: 86_400_000_000 }),
  retryMs: fc.integer({ min: 0, max: 86_400_000_000 }),
  validators: fc.option(fc.record({ etag: fc.option(well, { nil: undefined }), lastModified: well }), {
    nil: undefined,
  }),
});

describe('a payload', () => {
  it('comes back as it went, wherever its bytes lie', () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 0, max: 9 }), (given, offset) => {
        const bytes = encodePayload(given);
        const moved = new Uint8Array(bytes.length + offset + 3).fill(0xff);
        moved.set(bytes, offset);
        const envelope = decoded(moved.subarray(offset, offset + bytes.length), given.key);
        expect(envelope.created).toBe(given.created);
        expect(envelope.duration).toBe(BigInt(given.durationMs) * 10_000n);
        expect(envelope.tags).toEqual([...given.tags].sort());
        // In whole seconds, rounded up. Without an end there is nothing to try again.
        expect(envelope.staleMs).toBe(Math.ceil(given.staleMs / 1_000) * 1_000);
        expect(envelope.retryMs).toBe(given.staleMs === 0 ? 0 : Math.ceil(given.retryMs / 1_000) * 1_000);
        expect(envelope.validators).toEqual(given.validators);
        expect(hex(envelope.payload)).toBe(hex(given.payload));
        expect(new DataView(bytes.buffer).getBigInt64(creationOffset, true)).toBe(given.created);
      }),
      { numRuns: 500 },
    );
  });

  it('without a time past its end, and without validators, is what .NET writes', () => {
    const given = { key: 'k', created: 5n, durationMs: 1_000, tags: ['t'], payload: text('v'), entropy: 7 };
    expect(hex(encodePayload({ ...given, staleMs: 0, retryMs: 9, validators: undefined }))).toBe(
      hex(encodePayload(given)),
    );
  });

  it('leaves the low bits of the flags to .NET', () => {
    const bytes = encodePayload({
      key: 'k',
      created: 5n,
      durationMs: 1_000,
      staleMs: 2_000,
      tags: [],
      payload: text(''),
    });
    const before = decoded(bytes, 'k');
    bytes[12] = (bytes[12] as number) | 0x7f;
    expect(decoded(bytes, 'k')).toEqual(before);
    expect(before).toMatchObject({ staleMs: 2_000, retryMs: 0 });
  });

  it('takes what only looks like validators for a tag', () => {
    const tags = ['__validators__:{', 't'];
    const bytes = encodePayload({ key: 'k', created: 5n, durationMs: 1_000, tags, payload: text('') });
    expect(decoded(bytes, 'k')).toMatchObject({ tags, validators: undefined });
    const other = encodePayload({
      key: 'k',
      created: 5n,
      durationMs: 1,
      tags: ['__validators__:{"etag":5}'],
      payload: text(''),
    });
    expect(decoded(other, 'k')).toMatchObject({ tags: [], validators: { etag: undefined } });
  });

  it('of another key is none', () => {
    fc.assert(
      fc.property(parts, well, (given, other) => {
        fc.pre(given.key !== other);
        expect(decodePayload(encodePayload(given), other)).toBeTypeOf('string');
      }),
    );
  });

  it('of the longest time that .NET knows is cut to it', () => {
    const bytes = encodePayload({ key: 'k', created: 1n, durationMs: 8.64e15, tags: [], payload: text('') });
    expect(decoded(bytes, 'k').duration).toBe(2n ** 63n - 1n);
  });

  it.each([lastTicks + 1n, 2n ** 63n - 1n, -1n, -(2n ** 63n)])('created at %s ticks is none', (created) => {
    const given = { key: 'k', durationMs: 1, tags: [], payload: text('') };
    const bytes = encodePayload({ ...given, created: lastTicks });
    expect(decoded(bytes, 'k').created).toBe(lastTicks);
    new DataView(bytes.buffer).setBigInt64(creationOffset, created, true);
    expect(decodePayload(bytes, 'k')).toBe('its creation is no time');
  });

  it.each([
    ['nothing', []],
    ['its beginning', [3, 1, 0, 0]],
    ['another version', [3, 2, ...new Array(30).fill(0), 3, 1]],
  ])('is not %s', (_, bytes) => {
    expect(decodePayload(new Uint8Array(bytes), '')).toBeTypeOf('string');
  });

  it('that was changed in any way never makes a crash, a hang or a wrong key, in 100,000 tries', () => {
    const seed = Number(process.env.SEED ?? 1);
    const random = new Random(seed);
    const originals = [0, 1, 2, 300].map((count) =>
      encodePayload({
        key: 'käy',
        created: epochTicks,
        durationMs: 60_000,
        staleMs: count === 1 ? 0 : 86_400_000,
        retryMs: 90_000,
        validators: count === 2 ? { etag: '"one"' } : undefined,
        tags: Array.from({ length: count }, (_, i) => `tag ${i}`),
        payload: text('{"a":1}'),
      }),
    );
    const begun = performance.now();
    let accepted = 0;
    for (let run = 0; run < 100_000; run++) {
      const bytes = mutated(random.pick(originals), random);
      const envelope = decodePayload(bytes, 'käy');
      if (typeof envelope === 'string') continue;
      accepted++;
      // What is accepted is well-formed: every byte of it is told by what was read.
      const { created, duration, tags, payload } = envelope;
      const durationMs = Number(duration / 10_000n);
      const again = decoded(encodePayload({ ...envelope, key: 'käy', durationMs }), 'käy');
      expect([again.created, again.tags.length, hex(again.payload)], `seed ${seed}, run ${run}`).toEqual([
        created,
        tags.length,
        hex(payload),
      ]);
      expect(bytes.length, `seed ${seed}, run ${run}`).toBeGreaterThanOrEqual(16 + payload.length + tags.length);
    }
    expect(accepted).toBeGreaterThan(100);
    expect(performance.now() - begun).toBeLessThan(15_000);
  });
});
