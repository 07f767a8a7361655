const encoder = new TextEncoder();
const slotCount = 16_384;

/** CRC-16/XMODEM: polynomial 0x1021, start 0, as the Redis Cluster specification, appendix A, has it. */
const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** The slot of a key in a Cluster: of what stands between its first `{` and the next `}`, if anything, else of all of it. */
export function slotOf(key: string): number {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  const hashed = close > open + 1 ? key.slice(open + 1, close) : key;
  let crc = 0;
  for (const byte of encoder.encode(hashed)) crc = ((crc << 8) & 0xffff) ^ (table[(crc >> 8) ^ byte] as number);
  return crc % slotCount;
}

/** Things by the slots of their keys. */
export function bySlot<One>(things: readonly One[], keyOf: (thing: One) => string): One[][] {
  const groups = new Map<number, One[]>();
  for (const thing of things) {
    const slot = slotOf(keyOf(thing));
    const group = groups.get(slot);
    if (group) group.push(thing);
    else groups.set(slot, [thing]);
  }
  return [...groups.values()];
}
