import { putLua, timeLua, touchLua } from './head.js';
import { Script } from './script.js';
import { timestampScripts } from './timestamps.js';

// The scripts of protocol.md ("Scripts"), in the order of an entry's life. Fields: absexp, sldexp, data as .NET has them;
// ours: lease = "token deadline-in-server-ms kept-sldexp granted-at-ticks". A lease stands while the hash has `lease` and
// has no `sldexp` (rule 1): every HMSET of .NET puts sldexp back, and every removal takes all.

/** The server's time in ms; 0 from a server whose Lua takes a missing field for a value (ioredis-mock). */
export const probe = new Script(`
local h = redis.call('HMGET', KEYS[1], 'data')
if h[1] then return 0 end
local t = redis.call('TIME')
return t[1] * 1000 + math.floor(t[2] / 1000)
`);

/**
 * KEYS: any number. Gives for each its data, nil for a miss, 0 for a hash that is no entry, or an error for another type.
 * Windows are restarted in the same step (rule 27), where that is possible: a read-only replica can be read.
 */
export const read = new Script(`${touchLua}
local found = {}
for i, key in ipairs(KEYS) do
  local h = redis.pcall('HMGET', key, 'sldexp', 'data', 'absexp')
  if h.err then
    found[i] = h
  else
    local sld, data, abs = h[1], h[2], h[3]
    if not data then
      found[i] = (sld or abs) and 0
    elseif abs and abs ~= '-1' and not time(abs) then
      found[i] = 0
    elseif not sld or sld == '-1' or touch(key, sld) then
      found[i] = data
    else
      found[i] = 0
    end
  end
end
return found
`);

/** KEYS: any number. Restarts their windows by what is stored now. Gives for each 1, or 0 for an entry that is none. */
export const touch = new Script(`${touchLua}
local done = {}
for i, key in ipairs(KEYS) do
  local sld = redis.pcall('HGET', key, 'sldexp')
  local touched = sld == false or sld == '-1' or (type(sld) == 'string' and touch(key, sld))
  if type(touched) == 'table' then return touched end
  done[i] = touched and 1 or 0
end
return done
`);

/**
 * KEYS: any number; ARGV: notAfter in server ms, then life and data of each. Gives the server's time in ms; minus that
 * where notAfter is over and nothing was done; or a list of that time and, for each key, 1 or an error.
 */
export const set = new Script(`${timeLua}${putLua}
if ARGV[1] ~= '' and now > tonumber(ARGV[1]) then return -now end
local failed
for i = 1, #KEYS do
  local result = put(KEYS[i], ARGV[i * 2], ARGV[i * 2 + 1])
  if type(result) == 'table' then
    failed = failed or { now }
    failed[i + 1] = result
  elseif failed then
    failed[i + 1] = result
  end
end
if not failed then return now end
for i = 2, #KEYS do failed[i] = failed[i] or 1 end
return failed
`);

/**
 * Reads, judges and grants (rule 2). ARGV: token; lease ms; '' or '=' and the first 12 bytes of the value that was judged
 * unusable; '' or the token of the caller's own load. Gives { 1, data } for a hit, { 2, ticks, corrupt, 1 where that value is still stored } for a grant,
 * { 3, ms left } where another holds the lease, { 4, ms left } where the own load does. What is no entry counts as none,
 * and is taken away: without `sldexp` it would be read as one. `corrupt` is 1 then, 2 for another type, else 0.
 */
export const acquire = new Script(`${touchLua}${timeLua}
local corrupt = 0
local h = redis.pcall('HMGET', KEYS[1], 'data', 'sldexp', 'lease', 'absexp')
if h.err then
  if string.sub(h.err, 1, 9) ~= 'WRONGTYPE' then return h end
  redis.call('UNLINK', KEYS[1])
  h = { false, false, false, false }
  corrupt = 2
end
local data, sld, lease, abs = h[1], h[2], h[3], h[4]
local entry = data and (not sld or sld == '-1' or span(sld)) and (not abs or abs == '-1' or time(abs))
if entry and (ARGV[3] == '' or '=' .. string.sub(data, 1, 12) ~= ARGV[3]) then
  if not sld or sld == '-1' or touch(KEYS[1], sld) then return { 1, data } end
  entry = false
end
if not entry and (data or sld or abs) then corrupt = 1 end
local kept = entry and sld or ''
if lease and not sld then
  local token, deadline, stash, granted = string.match(lease, '^(%S+) (%d+) (%S*) (%d+)$')
  local left = (tonumber(deadline) or 0) - now
  if left > 0 and left <= 600000 then
    if token == ARGV[1] then return { 2, granted, 0, entry and 1 or 0 } end
    return { token == ARGV[4] and 4 or 3, left }
  end
  if data then kept = stash or '' end
end
local at = ticks(0)
redis.call('HSET', KEYS[1], 'lease', ARGV[1] .. ' ' .. string.format('%.0f', now + ARGV[2]) .. ' ' .. kept .. ' ' .. at)
redis.call('HDEL', KEYS[1], 'sldexp')
if not entry then
  redis.call('HDEL', KEYS[1], 'data', 'absexp')
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return { 2, at, corrupt, entry and 1 or 0 }
`);

const stands = `
local h = redis.pcall('HMGET', KEYS[1], 'lease', 'sldexp')
if h.err or not h[1] or h[2] or string.sub(h[1], 1, #ARGV[1] + 1) ~= ARGV[1] .. ' ' then return 0 end
`;

/** Stores while the lease of the token stands (rule 3). ARGV: token, life, data. Gives 1, 0 for refused, or an error. */
export const commit = new Script(`${stands}${timeLua}${putLua}
return put(KEYS[1], ARGV[2], ARGV[3])
`);

/** Ends the lease of the token (rule 6), and gives a stale value its window back. ARGV: token. */
export const release = new Script(`${stands}
if redis.call('HEXISTS', KEYS[1], 'data') == 0 then return redis.call('UNLINK', KEYS[1]) end
local stash = string.match(h[1], ' (%S*) %d+$')
redis.call('HDEL', KEYS[1], 'lease')
redis.call('HSET', KEYS[1], 'sldexp', (not stash or stash == '') and '-1' or stash)
return 1
`);

/** Stores in place of the value that begins so, and ends a lease. ARGV: how it begins, life, data. Gives 1, 0 for refused, or an error. */
export const replace = new Script(`${timeLua}${putLua}
local h = redis.pcall('HMGET', KEYS[1], 'data')
if h.err or not h[1] or string.sub(h[1], 1, #ARGV[1]) ~= ARGV[1] then return 0 end
return put(KEYS[1], ARGV[2], ARGV[3])
`);

/** KEYS: any number. Gives for each whether it is an entry: a lone lease, and what others store, is none. */
export const entries = new Script(`
local found = {}
for i, key in ipairs(KEYS) do
  found[i] = redis.pcall('HEXISTS', key, 'data') == 1 and 1 or 0
end
return found
`);

/** KEYS: any number. Removes entries and leases, and leaves what is neither. Gives how many entries there were. */
export const removeEntries = new Script(`
local removed = 0
for _, key in ipairs(KEYS) do
  local entry = redis.pcall('HEXISTS', key, 'data') == 1
  if entry then removed = removed + 1 end
  if entry or redis.pcall('HEXISTS', key, 'lease') == 1 then redis.call('UNLINK', key) end
end
return removed
`);

const all = [probe, read, touch, set, acquire, commit, release, replace, entries, removeEntries, ...timestampScripts];

/** Names every script. Once for the process. */
export async function prepareScripts(): Promise<void> {
  await Promise.all(all.map((script) => script.prepare()));
}
