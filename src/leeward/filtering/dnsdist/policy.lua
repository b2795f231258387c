-- Fourth part of the script: the answer, and the straight way of most questions.

local function u16(number) return string.char(rshift(number, 8), band(number, 255)) end

local bodies = {} -- The records of an answer, by code, kind of address (0 none, 1 IPv4, 2 IPv6), and EDNS (0, 1, 2 with DO).
do
  local ttl = u16(0) .. u16(options.ttl_s)
  local soa = '\192\012\000\006\000\001' .. ttl .. u16(22) .. ('\0'):rep(2 + 16) .. ttl
  local records = { [0] = soa, soa, soa }
  if options.door_v4 then records[1] = '\192\012\000\001\000\001' .. ttl .. u16(4) .. options.door_v4 end
  if options.door_v6 then records[2] = '\192\012\000\028\000\001' .. ttl .. u16(16) .. options.door_v6 end
  for _, code in ipairs { BLOCKED, CENSORED, FILTERED } do
    -- No words: what was decided about a child is nobody's business on the way.
    local ede = u16(15) .. u16(2) .. u16(code)
    for kind = 0, 2 do
      local start = code * 9 + kind * 3
      bodies[start] = records[kind]
      bodies[start + 1] = records[kind] .. '\000\000\041' .. u16(1232) .. u16(0) .. u16(0) .. u16(#ede) .. ede
      bodies[start + 2] = records[kind] .. '\000\000\041' .. u16(1232) .. u16(0) .. u16(0x8000) .. u16(#ede) .. ede
    end
  end
end

-- Write the answer over the question, so that no backend and no newer dnsdist is needed to carry the code.
local function deny(dq, size, code)
  local had = C.dnsdist_ffi_dnsquestion_get_len(dq)
  local message = ffi.cast('uint8_t *', C.dnsdist_ffi_dnsquestion_get_header(dq))
  local after = 12 + size + 4
  if had < after or message[after - 1] ~= 1 then return REFUSED end -- Only the internet's class has a door.
  local asked_type = message[after - 4] * 256 + message[after - 3]
  local kind = asked_type == 1 and options.door_v4 and 1 or asked_type == 28 and options.door_v6 and 2 or 0
  local edns = 0
  if had >= after + 11 and message[after] == 0 and message[after + 1] == 0 and message[after + 2] == 41 then
    edns = message[after + 7] >= 128 and 2 or 1
  end
  local body = bodies[code * 9 + kind * 3 + edns]
  C.dnsdist_ffi_dnsquestion_set_len(dq, after + #body)
  message = ffi.cast('uint8_t *', C.dnsdist_ffi_dnsquestion_get_header(dq)) -- The memory may have moved.
  ffi.copy(message + after, body, #body)
  message[2] = bor(band(message[2], 0x79), 0x80) -- An answer; the kind of request and RD stay.
  message[3] = bor(band(message[3], 0x10), 0x80) -- Recursion is there; CD stays; no error.
  message[6], message[7], message[8], message[9] = 0, kind == 0 and 0 or 1, 0, kind == 0 and 1 or 0
  message[10], message[11] = 0, edns == 0 and 0 or 1
  return ANSWERED
end

local function denied(dq, size, code)
  local answered = deny(dq, size, code)
  if answered == ANSWERED then count(size) end
  return answered
end

local function act(dq, outcome, size)
  if outcome == OPEN then return PASS end
  if outcome >= BLOCKED then return denied(dq, size, outcome) end
  if outcome ~= SAFE then return NXDOMAIN end
  count(size)
  C.dnsdist_ffi_dnsquestion_set_result(dq, options.pool, #options.pool)
  return POOL
end

-- The whole way. A profile that is newer than the tables that are mapped may need newer ones: where those have come, they are
-- taken and the question is decided once more.
local function answer(dq, row)
  local count, size = read_name(dq)
  local outcome = row < map.row_count and decide(row, count, size) or nil
  if map.family_control[2] ~= map.family_seen then
    if not follow() then return FAILED end
    count, size = read_name(dq)
    outcome = row < map.row_count and decide(row, count, size) or nil
  end
  return outcome and act(dq, outcome, size) or FAILED
end

-- Lower the case of four octets of `asked` at once, and put them the other way round into `turned`. Words of 64 bits would be
-- half as many, but LuaJIT 2.1.0-beta3 compiles this sum wrongly for those.
-- Source of the sums: with «octet + 0x3F» the highest bit tells A and above, with «octet + 0x25» what is above Z.
local function lower_and_turn(number)
  local octets = asked_words[number]
  local low = band(octets, 0x7F7F7F7F)
  local upper = band(bxor(tobit(low + 0x3F3F3F3F), tobit(low + 0x25252525)), bnot(octets), 0x80808080)
  octets = bor(octets, rshift(upper, 2))
  asked_words[number], turned_words[15 - number] = octets, bswap(octets)
end

local function lower_and_turn_four(first)
  lower_and_turn(first) lower_and_turn(first + 1) lower_and_turn(first + 2) lower_and_turn(first + 3)
end

-- Return the key of the suffix from `start` on, after the part from `stop` on gave `key`.
local function longer(key, start, stop)
  return crc32(key, turned + 64 - stop, stop - start)
end

local function may_matter(half, home, key)
  return may_be_listed(home, key) or may_be_sign(key) or may_be_own(half, key)
end

local function main(dq)
  if map.family_control[2] ~= map.family_seen or map.signs_control[2] ~= map.signs_seen
    or map.signs_head[18] ~= map.signs_end then
    if not follow() then return FAILED end
  end
  local row
  if options.edns_option or C.dnsdist_ffi_dnsquestion_get_tcp(dq) then
    row = row_beyond_address(dq)
    if row < 0 then return REFUSED end
  else
    row = row_of_address(dq)
  end

  C.dnsdist_ffi_dnsquestion_get_qname_raw(dq, pointer, length)
  local size = tonumber(length[0])
  if size > MOST_STRAIGHT or size < 3 or row >= map.row_count then return answer(dq, row) end
  ffi.copy(asked, pointer[0], size)
  lower_and_turn_four(0)
  if size > 16 then lower_and_turn_four(4) end
  if size > 32 then lower_and_turn_four(8) lower_and_turn_four(12) end

  local words = map.rows + row * 128
  local version = words[0]
  local half = words + band(version, 1) * 64
  local last = size - 1
  local second = asked[0] + 1 -- Where the second label begins, then the third and so on.
  local third = second + asked[second] + 1
  if second >= last then return answer(dq, row) end
  if third == last then
    local key = longer(0, 0, last)
    if may_matter(half, line_of(key), key) then return answer(dq, row) end
  else
    local fourth = third + asked[third] + 1
    if fourth == last then
      local two = longer(0, second, last)
      local three = longer(two, 0, second)
      local home = line_of(two)
      if is_crowded(home) or may_matter(half, home, two) or may_matter(half, home, three) then return answer(dq, row) end
    else
      local fifth = fourth + asked[fourth] + 1
      if fifth ~= last then return answer(dq, row) end
      local two = longer(0, third, last)
      local three = longer(two, second, third)
      local four = longer(three, 0, second)
      local home = line_of(two)
      if is_crowded(home) or may_matter(half, home, two) or may_matter(half, home, three)
        or may_matter(half, home, four) then return answer(dq, row) end
    end
  end

  -- No name that anybody listed: only a pause and bedtime are left to ask.
  if bor(half[2], band(half[1], HAS_BEDTIME)) ~= 0 and band(half[1], 1) ~= 0 then
    local now, unsigned = tonumber(C.time(nil)), ffi.cast(unsigned_t, half)
    if unsigned[2] > now or (band(half[1], HAS_BEDTIME) ~= 0 and unsigned[3] <= now and is_set(half, 16, now)) then
      if words[0] ~= version then return answer(dq, row) end
      tally.number, tally.kind, tally.shows = half[58], unsigned[2] > now and PAUSE or BEDTIME, 0
      return denied(dq, size, FILTERED)
    end
  end
  if words[0] ~= version then return answer(dq, row) end
  return PASS
end

-- LuaJIT cannot compile the passing on of what dnsdist gives here («unsupported C type conversion»). With the type named in
-- this line, only this line stays interpreted.
local question_t = ffi.typeof('dnsdist_ffi_dnsquestion_t *')
return function(dq) return main(ffi.cast(question_t, dq)) end
