// Pieces of Lua that several scripts begin with. Ticks (100 ns since 0001-01-01, 18 digits) are no double: only their
// milliseconds are made a number, the last four digits stay text.

import { lastTicks } from '../../../core/ticks.js';

/** `now()`: the server's time as `t` (seconds, microseconds), in ms, and `ticks(ms)`: as ticks, `ms` later. */
export const timeLua = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function ticks(ms)
  return string.format('%.0f%03d0', now + ms + 62135596800000, t[2] % 1000)
end
`;

/** `span(text)`: whether it is what .NET reads as a `TimeSpan` that is not negative; `time(text)`: as a `DateTime`, up to its `MaxValue`. */
export const numberLua = `
local function upTo(text, most)
  return string.find(text, '^%d+$') and (#text < 19 or (#text == 19 and text <= most))
end
local function span(text) return upTo(text, '9223372036854775807') end
local function time(text) return upTo(text, '${lastTicks}') end
`;

/**
 * `touch(key, sld)`: restarts the window of the entry that is there, as far as its absolute time allows; `false` where
 * one of them is no number, and an error where the server lets nobody write. What has less than a millisecond left goes
 * (as in .NET).
 */
export const touchLua = `${numberLua}
local function touch(key, sld)
  if not span(sld) then return false end
  local ttl = tonumber(string.sub(sld, 1, -5)) or 0
  local abs = redis.call('HGET', key, 'absexp')
  if abs and abs ~= '-1' then
    if not time(abs) then return false end
    local t = redis.call('TIME')
    local left = (tonumber(string.sub(abs, 1, -5)) or 0) - 62135596800000 - t[1] * 1000 - math.floor(t[2] / 1000)
    if tonumber(string.sub(abs, -4)) < t[2] % 1000 * 10 then left = left - 1 end
    ttl = math.min(ttl, left)
  end
  local done = redis.pcall('PEXPIRE', key, string.format('%.0f', ttl))
  return type(done) ~= 'table' or done
end
`;

/**
 * `put(key, life, data)`: one entry, whole, in place of whatever was there. `life`: `''` for ever, `'300000'` relative
 * ms, or `'rel abs absTicks sld sldTicks'`, each possibly empty. Gives 1, 0 where its time is over already (nothing is
 * there then), or an error. What is left until an absolute time is cut to whole milliseconds, so that nothing outlives it.
 *
 * It begins with HSET, the one command of the script that a server without memory refuses: once a script has written,
 * nothing of it is refused any more, so UNLINK first would take the old entry and write past `maxmemory`.
 */
export const putLua = `
local lastLife, lastAbs
local function put(key, life, data)
  local abs, sld, ms = '-1', '-1', life
  local ttl = tonumber(life)
  if ttl then
    if life ~= lastLife then lastLife, lastAbs = life, ticks(ttl) end
    abs = lastAbs
  elseif life ~= '' then
    local rel, at, atTicks, window, windowTicks = string.match(life, '^(%d*) (%d*) (%d*) (%d*) (%d*)$')
    if rel ~= '' then
      ttl = tonumber(rel)
      abs = ticks(ttl)
    elseif at ~= '' then
      ttl = tonumber(at) - now
      if t[2] % 1000 > 0 then ttl = ttl - 1 end
      abs = atTicks
      if ttl <= 0 then redis.call('UNLINK', key) return 0 end
    end
    if window ~= '' then
      ttl = math.min(ttl or 9e15, tonumber(window))
      sld = windowTicks
    end
    ms = ttl and string.format('%.0f', ttl)
  end
  local added = redis.pcall('HSET', key, 'absexp', abs, 'sldexp', sld, 'data', data)
  if type(added) == 'table' then
    if string.sub(added.err, 1, 9) ~= 'WRONGTYPE' then return added end
    redis.call('UNLINK', key)
    redis.call('HSET', key, 'absexp', abs, 'sldexp', sld, 'data', data)
  elseif redis.call('HLEN', key) ~= 3 then
    redis.call('UNLINK', key)
    redis.call('HSET', key, 'absexp', abs, 'sldexp', sld, 'data', data)
  elseif added < 3 and not ttl then
    redis.call('PERSIST', key)
  end
  if ttl then redis.call('PEXPIRE', key, ms) end
  return 1
end
`;
