import { putLua, timeLua } from './head.js';
import { Script } from './script.js';

// The scripts of protocol.md that put the server's time into a value: ticks as the 8 bytes of an Int64, little-endian. They are
// no double, so they are made of two halves of their decimal text.

const int64Lua = `
local function int64(text)
  local hi, lo = tonumber(string.sub(text, 1, -8)), tonumber(string.sub(text, -7))
  local low = (hi % 65536) * 10000000 + lo
  return struct.pack('<I2I6', low % 65536, math.floor(hi / 65536) * 10000000 + math.floor(low / 65536))
end
`;

/**
 * KEYS: one; ARGV: notAfter in server ms, life, data, the place of the time in it or ''. Gives { server ms, time as 8 bytes }, or
 * minus the server's time where notAfter is over and nothing was done, or an error.
 */
export const setStamped = new Script(`${timeLua}${putLua}${int64Lua}
if ARGV[1] ~= '' and now > tonumber(ARGV[1]) then return -now end
local time, at = int64(ticks(0)), tonumber(ARGV[4])
local data = at and string.sub(ARGV[3], 1, at) .. time .. string.sub(ARGV[3], at + 9) or ARGV[3]
local result = put(KEYS[1], ARGV[2], data)
if type(result) == 'table' then return result end
return { now, time }
`);

/**
 * KEYS: one; ARGV: life. Gives { server ms, the time that is stored now }, or an error. A time with the highest bit is no time.
 */
export const raise = new Script(`${timeLua}${putLua}${int64Lua}
local time, stored = int64(ticks(0)), redis.pcall('HGET', KEYS[1], 'data')
if type(stored) == 'string' and #stored == 8 and string.byte(stored, 8) < 128 then
  local a, b = { struct.unpack('<I2I6', stored) }, { struct.unpack('<I2I6', time) }
  if a[2] > b[2] or (a[2] == b[2] and a[1] > b[1]) then time = stored end
end
local result = put(KEYS[1], ARGV[1], time)
if type(result) == 'table' then return result end
return { now, time }
`);

/** KEYS: any number. Gives the 8 bytes of each, nil for what is no time. */
export const readTimes = new Script(`
local found = {}
for i, key in ipairs(KEYS) do
  local data = redis.pcall('HGET', key, 'data')
  found[i] = type(data) == 'string' and #data == 8 and data
end
return found
`);

/** All of them. */
export const timestampScripts = [setStamped, raise, readTimes];
