-- What a name resolves to, for whom and when, inside dnsdist: the compiled tables, read where they are mapped.
--
-- Four files, `tables`, `decision`, `counts` and `policy`, make one chunk that takes a table of options and returns the
-- function for LuaFFIPerThreadAction. This first part opens and follows the files. The family's tables are
-- told octet by octet in engines/policy/mapped/FORMAT.md, the table of signs in engines/policy/_table.py.
--
-- Most questions are about names that no table holds, and `main` answers those in a straight line: it has no loop, because
-- LuaJIT gives up a trace that begins before a loop. What a filter cannot exclude goes to `decide`, which is short and
-- obvious and follows the precedence table row by row.
--
-- Options: family and counts (folders), signs (path), door_v4 and door_v6 (octets, or nil), ttl_s, doh_prefix, tls_suffix
-- (or nil), edns_option (or nil), ports_a_block, pool, canary and canaries (wire names: for everybody, for whoever has a profile).

local options = ...
local ffi, bit = require('ffi'), require('bit')
local band, bor, bxor, bnot, tobit = bit.band, bit.bor, bit.bxor, bit.bnot, bit.tobit
local lshift, rshift, bswap = bit.lshift, bit.rshift, bit.bswap
local C = ffi.C

ffi.cdef [[
int open(const char *path, int flags);
int close(int fd);
long lseek(int fd, long offset, int whence);
void *mmap(void *address, size_t length, int protection, int flags, int fd, long offset);
int munmap(void *address, size_t length);
int memcmp(const void *one, const void *other, size_t length);
long time(long *now);
int32_t crc32(int32_t crc, const uint8_t *octets, uint32_t length);
]]
local crc32 = ffi.load('libz.so.1').crc32

local octets_t, words_t = ffi.typeof('const uint8_t *'), ffi.typeof('const int32_t *')
local unsigned_t = ffi.typeof('const uint32_t *')

-- Places in memory that never moves itself, so that a compiled trace holds the address of each of these words.
local map = ffi.new [[struct {
  const uint8_t *names, *profiles, *owns, *who, *signs;
  const int32_t *lines, *slots, *marks, *own_slots, *who_slots, *addresses, *rows, *kinds;
  const int32_t *family_control, *signs_control, *signs_head;
  int32_t *filter;
  int32_t line_mask, slot_mask, own_mask, who_mask, address_mask, address_shift, row_count;
  int32_t family_seen, signs_seen, signs_end, filter_shift;
}]]
local sizes, filter_memory = {}, nil
local nothing = ffi.new('int32_t[20]', 0, 0, 1) -- A control file that always asks for a look.
map.family_control, map.signs_control, map.signs_head = nothing, nothing, nothing

local MOST_STRAIGHT = 64 -- Octets of a name that `main` takes.
local asked, turned = ffi.new('uint8_t[320]'), ffi.new('uint8_t[320]') -- The name in lower case, and last octet first.
local asked_words, turned_words = ffi.cast('int32_t *', asked), ffi.cast('int32_t *', turned)
local starts, keys = ffi.new('int32_t[130]'), ffi.new('int32_t[130]')
local marks = ffi.new('int32_t[4]')
local identity = ffi.new('uint8_t[320]')
local pointer, length, address = ffi.new('const char *[1]'), ffi.new('size_t[1]'), ffi.new('const void *[1]')
local edns_options = ffi.new('const dnsdist_ffi_ednsoption_t *[1]')

-- Outcomes of a decision; the first three are codes of RFC 8914.
local BLOCKED, CENSORED, FILTERED, OPEN, SAFE, CANARY, CANARY_FOR_CHILDREN = 15, 16, 17, 0, 1, 2, 3
local RESET, NEVER, SAFE_BITS = 0x20000000, 0x40000000, 0x0F000000 -- In the second word of marks.
local HAS_BEDTIME, HAS_HOMEWORK, HAS_OWNS = 2, 4, 8
local WEEK_S, QUARTER_S = 604800, 900
local PASS, POOL, REFUSED = DNSAction.None, DNSAction.Pool, DNSAction.Refused
local ANSWERED, NXDOMAIN, FAILED = DNSAction.HeaderModify, DNSAction.Nxdomain, DNSAction.ServFail

local function map_file(path)
  local file = C.open(path, 0)
  if file < 0 then return nil end
  local size = tonumber(C.lseek(file, 0, 2))
  local memory = size > 0 and C.mmap(nil, size, 1, 1, file, 0) or nil
  C.close(file)
  if memory == nil or ffi.cast('intptr_t', memory) == -1 then return nil end
  return ffi.cast(octets_t, memory), size
end

local function drop(memory, size)
  if memory ~= nil then C.munmap(ffi.cast('void *', memory), size) end
end

local function control(path)
  local memory, size = map_file(path)
  local words = memory and ffi.cast(words_t, memory)
  if memory and size == 16 and words[0] == 0x43574C01 and words[1] == 0x31304C54 then return words end
  drop(memory, size)
  return nil
end

-- Return one table of the family where the file is whole.
local function family_table(name, kind)
  local memory, size = map_file(options.family .. '/' .. name .. '.tbl')
  if memory == nil then return nil end
  local head = ffi.cast(words_t, memory)
  local is_whole = size >= 4096 and head[0] == 0x4D41464C and head[1] == 1 and head[2] == kind
    and ffi.cast(unsigned_t, memory)[4] * 8 == size and head[15] == crc32(0, memory, 60)
  if is_whole then return memory, size end
  drop(memory, size)
  return nil
end

local function section(memory, word)
  return ffi.cast(words_t, memory + ffi.cast(unsigned_t, memory)[word] * 8)
end

-- Without a folder of the family plane there are no families yet, and everybody is a stranger. Every question looks again.
local empty = ffi.new('int32_t[256]')
local function stand_in()
  map.lines, map.slots, map.marks, map.own_slots, map.who_slots = empty, empty, empty, empty, empty
  map.addresses, map.address_shift, map.rows, map.row_count, map.kinds = empty, 31, empty, 1, empty
end

local function is_there(path)
  local file = C.open(path, 0)
  if file >= 0 then C.close(file) end
  return file >= 0
end

local function take_family()
  if map.names == nil and not is_there(options.family) then stand_in() return true end
  map.family_control = map.family_control ~= nothing and map.family_control
    or control(options.family .. '/tables.control') or nothing
  local generation = map.family_control[2]
  local found, found_sizes = {}, {}
  for kind, name in ipairs { 'names', 'profiles', 'owns', 'who' } do
    found[name], found_sizes[name] = family_table(name, kind)
    if found[name] == nil then
      for other, memory in pairs(found) do drop(memory, found_sizes[other]) end
      return map.names ~= nil -- The last good ones stay in use.
    end
  end
  for name, memory in pairs(found) do
    drop(map[name], sizes[name])
    map[name], sizes[name] = memory, found_sizes[name]
  end
  local names, owns = ffi.cast(words_t, map.names), ffi.cast(words_t, map.owns)
  local profiles, who = ffi.cast(words_t, map.profiles), ffi.cast(words_t, map.who)
  map.slots, map.slot_mask = section(map.names, 5), names[6]
  map.lines, map.line_mask, map.marks = section(map.names, 7), names[8], section(map.names, 10)
  map.rows, map.row_count = section(map.profiles, 12), profiles[13]
  map.own_slots, map.own_mask = section(map.owns, 5), owns[6]
  map.who_slots, map.who_mask, map.kinds = section(map.who, 5), who[6], who + 20
  map.addresses, map.address_mask, map.address_shift = section(map.who, 7), who[8], who[9]
  map.family_seen = generation
  return true
end

local function filter_bits(key)
  return bor(lshift(1, key), lshift(1, rshift(key, 5)))
end

local function put_in_filter(key)
  local at = rshift(key, map.filter_shift)
  map.filter[at] = bor(map.filter[at], filter_bits(key))
end

-- Return the family's key of a wire name of `size` octets, the closing zero included.
local function key_of(octets, size)
  for at = 0, size - 2 do turned[at] = octets[size - 2 - at] end
  return crc32(0, turned, size - 1)
end

-- The table of signs has keys of its own kind. A filter of this thread by the family's keys saves computing those.
local function follow_signs()
  local limit, at = map.signs_head[18], map.signs_end
  while at < limit do
    local size = ffi.cast('const uint16_t *', map.signs + at + 18)[0]
    put_in_filter(key_of(map.signs + at + 20, size))
    at = band(at + 20 + size + 7, -8)
  end
  map.signs_end = limit
end

local canaries = {}

local function new_filter(slots)
  local words, shift = 64, 26
  while words * 3 < slots do words, shift = words * 2, shift - 1 end
  filter_memory = ffi.new('int32_t[?]', words) -- Held here, because the pointer alone would not keep it alive.
  map.filter, map.filter_shift = filter_memory, shift
  -- Through the filter, the canaries cost nothing in the straight way.
  for number, wire in ipairs { options.canary, unpack(options.canaries) } do
    canaries[wire] = number == 1 and CANARY or CANARY_FOR_CHILDREN
    put_in_filter(key_of(ffi.cast(octets_t, wire), #wire))
  end
end

local function take_signs()
  map.signs_control = map.signs_control ~= nothing and map.signs_control or control(options.signs .. '.control') or nothing
  local memory, size = map_file(options.signs)
  if memory == nil then return map.signs ~= nil end
  local head, unsigned = ffi.cast(words_t, memory), ffi.cast(unsigned_t, memory)
  local is_whole = size >= 4096 and head[0] == 0x50574C01 and head[1] == 0x31304C4F and head[2] == 1
    and unsigned[6] == size and head[10] == crc32(0, memory, 40)
  -- The generation is announced before the file is there: until then every question looks again.
  if not is_whole or (map.signs ~= nil and head[8] == map.signs_seen) then
    drop(memory, size)
    return map.signs ~= nil
  end
  drop(map.signs, sizes.signs)
  map.signs, sizes.signs, map.signs_head, map.signs_seen = memory, size, head, head[8]
  map.signs_end = head[4]
  new_filter(unsigned[3])
  return true
end

-- Take what is newer than what is in use. False where there is nothing to decide by yet.
local function follow()
  local is_ready = true
  if map.family_control[2] ~= map.family_seen or map.names == nil then is_ready = take_family() end
  if map.signs_control[2] ~= map.signs_seen or map.signs == nil then is_ready = take_signs() and is_ready end
  if map.signs ~= nil then follow_signs() end
  return is_ready
end
