-- Part of the script between the decision and the answer: what was closed, counted. Open answers never come here.
--
-- Each thread has files of its own, because it cannot claim a slot of a common one: engines/policy/COUNTED.md has the reasons
-- and every octet. Whatever fails here is not counted; it is answered all the same.

ffi.cdef [[
int mkstemps(char *path, int suffix_length);
int unlink(const char *path);
int fchmod(int fd, unsigned int mode);
int posix_fallocate(int fd, long offset, long length);
]]

local PERIOD_S, COUNT_SLOTS, NAME_RECORDS, RECORD_OCTETS = 300, 262144, 2048, 264
local MOST_PROBES, MOST_NAME_PROBES, MOST_COUNT = 16, 8, 0xFFFFFF

local tally_memory = { counts = nil, names = nil } -- Where each file is mapped, and how many octets.
local names_ends_s = 0

local function new_tally(sort, number, now, slots, octets)
  local period = (now - now % PERIOD_S) / PERIOD_S
  local path = ('%s/%s-%.0f-XXXXXX.tbl'):format(options.counts, sort, period)
  local template = ffi.new('char[?]', #path + 1, path)
  local file = C.mkstemps(template, 4)
  if file < 0 then return nil end
  local size = 64 + slots * octets
  C.fchmod(file, 416) -- 0640
  -- A mapped file without its place on the disk would kill this process when the disk is full.
  local memory = C.posix_fallocate(file, 0, size) == 0 and C.mmap(nil, size, 3, 1, file, 0) or nil
  C.close(file)
  if memory == nil or ffi.cast('intptr_t', memory) == -1 then
    C.unlink(template)
    return nil
  end
  tally_memory[sort] = { memory, size }
  local head = ffi.cast('int32_t *', memory)
  head[0], head[1], head[2], head[3], head[4] = 0x544E434C, 1, number, period, slots
  return head
end

-- Begin the file of this period; nothing is counted for the period where there can be none.
local function turn_tally(sort, number, now, slots, octets)
  local old = tally_memory[sort]
  tally_memory[sort] = nil
  if old then C.munmap(old[1], old[2]) end
  return new_tally(sort, number, now, slots, octets), now - now % PERIOD_S + PERIOD_S
end

-- Return a slot further on that has this number and kind, or one that has them from now on; nil where there is no room.
local function place_tally(number, kind, at)
  for step = 0, MOST_PROBES - 1 do
    local slot = tally.slots + 2 * band(at + step, COUNT_SLOTS - 1)
    if slot[0] == number and rshift(slot[1], 24) == kind then return slot end
    if slot[0] == 0 then
      slot[1] = lshift(kind, 24)
      slot[0] = number
      return slot
    end
  end
  tally.head[5] = tally.head[5] + 1
  return nil
end

local function add_one(slot)
  if band(slot[1], MOST_COUNT) ~= MOST_COUNT then slot[1] = slot[1] + 1 end
end

-- Keep the name in `asked`, which was closed for somebody whose guardians see such names.
local function keep_name(size, now)
  if now >= names_ends_s then
    tally.names, names_ends_s = turn_tally('names', 2, now, NAME_RECORDS, RECORD_OCTETS)
  end
  if tally.names == nil then return end
  local octets, first = size - 1, crc32(0, asked, size - 1)
  local records = ffi.cast('uint8_t *', tally.names) + 64
  for step = 0, MOST_NAME_PROBES - 1 do
    local record = records + band(first + step, NAME_RECORDS - 1) * RECORD_OCTETS
    local slot = ffi.cast('int32_t *', record)
    if slot[0] == 0 then
      ffi.copy(record + 9, asked, octets)
      record[8] = octets
      slot[1] = bor(lshift(tally.kind, 24), 1)
      slot[0] = tally.number
      return
    end
    if slot[0] == tally.number and rshift(slot[1], 24) == tally.kind and record[8] == octets
      and C.memcmp(record + 9, asked, octets) == 0 then
      return add_one(slot)
    end
  end
  tally.names[5] = tally.names[5] + 1
end

-- Count what `tally` says under its number and kind. No loop here: this is on the straight way of a pause and of bedtime.
local function count(size)
  local now, kind, number = tonumber(C.time(nil)), tally.kind, tally.number
  if now >= tally.ends_s then
    local head, ends_s = turn_tally('counts', 1, now, COUNT_SLOTS, 8)
    tally.head, tally.ends_s, tally.slots = head, ends_s, head ~= nil and head + 16 or nil
  end
  if tally.slots == nil then return end
  local at = band(tobit(number * 461845 + kind * 8209), COUNT_SLOTS - 1)
  local slot = tally.slots + 2 * at
  if slot[0] ~= number or rshift(slot[1], 24) ~= kind then
    slot = place_tally(number, kind, at)
    if slot == nil then return end
  end
  add_one(slot)
  if tally.shows ~= 0 and (kind < RULES_FROM or kind == OWN_CLOSED or kind == HOMEWORK) then keep_name(size, now) end
end
