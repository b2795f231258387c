-- Second part of the script: who asks, what is listed, and the decision by the precedence table.

-- What is counted about the answer that is being made, set only where it is closed or safe; and where this thread counts.
local tally = ffi.new [[struct {
  int32_t *head, *slots, *names;
  int32_t number, kind, shows;
  double ends_s;
}]]
-- Kinds of `engines/policy/COUNTED.md`; below 128 they are marks.
local RULES_FROM, LAW, OPERATOR, PAUSE, BEDTIME = 128, 129, 130, 132, 133
local OWN_CLOSED, HOMEWORK, CATEGORY, SAFE_FORM = 135, 136, 137, 138
local EVERYBODY, SHOWS_NAMES = -1, 32

-- Return the row of an identity of another kind than IPv4, zero where nobody has it.
local function row_of(kind, octets, size)
  if size > 254 then return 0 end
  identity[0] = kind
  ffi.copy(identity + 1, octets, size)
  local key = crc32(0, identity, size + 1)
  local at = band(key, map.who_mask)
  while true do
    local ref = map.who_slots[2 * at + 1]
    if ref == 0 then return 0 end
    if map.who_slots[2 * at] == key then
      local record = map.who + ref * 8
      if record[4] == size + 1 and C.memcmp(record + 5, identity, size + 1) == 0 then
        return ffi.cast(words_t, record)[0]
      end
    end
    at = band(at + 1, map.who_mask)
  end
end

local function probe_address(word, at)
  while true do
    at = band(at + 1, map.address_mask)
    local found = map.addresses[2 * at]
    if found == word then return map.addresses[2 * at + 1] end
    if found == 0 then return 0 end
  end
end

local function row_of_port(dq)
  local port = C.dnsdist_ffi_dnsquestion_get_remote_port(dq)
  local block = (port - port % options.ports_a_block) / options.ports_a_block
  local octets = ffi.new('uint8_t[6]')
  ffi.copy(octets, address[0], 4)
  octets[4], octets[5] = rshift(block, 8), band(block, 255)
  return row_of(0x70, octets, 6)
end

local function row_of_address(dq)
  C.dnsdist_ffi_dnsquestion_get_remoteaddr(dq, address, length)
  if length[0] == 4 then
    local word = ffi.cast(words_t, address[0])[0]
    local at = rshift(tobit(word * 400521), map.address_shift)
    local found = map.addresses[2 * at]
    local row = 0
    if found == word then
      row = map.addresses[2 * at + 1]
    elseif found ~= 0 then
      row = probe_address(word, at)
    end
    if row ~= 0 or map.kinds[3] == 0 then return row end
    return row_of_port(dq)
  end
  if map.kinds[1] == 0 then return 0 end
  return row_of(0x36, address[0], 8)
end

-- Return the token in a DoH path or a TLS name, or nil where the device brought none.
local function token_of(dq)
  local path = C.dnsdist_ffi_dnsquestion_get_http_path(dq)
  if path ~= nil then
    local text = ffi.string(path)
    if text:sub(1, #options.doh_prefix) == options.doh_prefix then return text:sub(#options.doh_prefix + 1):lower() end
  end
  if options.tls_suffix then
    C.dnsdist_ffi_dnsquestion_get_sni(dq, pointer, length)
    local name = ffi.string(pointer[0], length[0]):lower()
    if #name > #options.tls_suffix and name:sub(-#options.tls_suffix) == options.tls_suffix then
      return name:sub(1, -#options.tls_suffix - 1)
    end
  end
  return nil
end

-- Return the row of the device that a trusted router names, zero where it names none that is known.
local function row_of_router(dq)
  local count = tonumber(C.dnsdist_ffi_dnsquestion_get_edns_options(dq, edns_options))
  for number = 0, count - 1 do
    local option = edns_options[0][number]
    if option.optionCode == options.edns_option then return row_of(0x65, option.data, option.len) end
  end
  return 0
end

-- Return the row of whoever asks, or -1 for a token that nobody has: a device that was taken out must notice it.
local function row_beyond_address(dq)
  local token = C.dnsdist_ffi_dnsquestion_get_tcp(dq) and token_of(dq)
  if token then
    local row = row_of(0x74, ffi.cast(octets_t, token), #token)
    return row == 0 and -1 or row
  end
  local row = options.edns_option and row_of_router(dq) or 0
  return row ~= 0 and row or row_of_address(dq)
end

-- Put the name into `asked` and the key of every suffix of two labels or more into `keys`; return labels and octets.
local function read_name(dq)
  C.dnsdist_ffi_dnsquestion_get_qname_raw(dq, pointer, length)
  local size, name = tonumber(length[0]), ffi.cast(octets_t, pointer[0])
  for at = 0, size - 1 do
    local octet = name[at]
    if octet >= 65 and octet <= 90 then octet = octet + 32 end
    asked[at], turned[size - 1 - at] = octet, octet
  end
  local count, at = 0, 0
  while asked[at] ~= 0 do
    count = count + 1
    starts[count] = at
    at = at + asked[at] + 1
  end
  starts[count + 1] = size - 1
  local key, fed = 0, size - 1
  for number = count - 1, 1, -1 do
    local start = starts[number]
    key = crc32(key, turned + size - fed, fed - start)
    keys[number], fed = key, start
  end
  return count, size
end

local function is_crowded(home) return home[0] < 0 end

local function line_of(key) return map.lines + band(key, map.line_mask) * 16 end

local function may_be_listed(home, key)
  local first, second = rshift(key, 23), rshift(key, 18)
  local bits = band(bor(lshift(1, first), lshift(1, second), lshift(1, first + 2 * second + 7)), 0x7FFFFFFF)
  return band(home[rshift(key, 28)], bits) == bits
end

local function may_be_sign(key)
  local bits = filter_bits(key)
  return band(map.filter[rshift(key, map.filter_shift)], bits) == bits
end

local function may_be_own(half, key)
  local bits = bor(lshift(1, rshift(key, 25)), lshift(1, rshift(key, 20)))
  return band(half[12 + rshift(key, 30)], bits) == bits
end

-- Return the number of the marks of exactly the suffix that begins at `start`; zero where it is not listed.
local function mark_of(key, start, size)
  local at, tail = band(key, map.slot_mask), size - 1 - start
  while true do
    local ref = map.slots[2 * at + 1]
    if ref == 0 then return 0 end
    if map.slots[2 * at] == key then
      local record = map.names + ref * 8
      if record[4] == tail and C.memcmp(record + 5, asked + start, tail) == 0 then
        return ffi.cast(words_t, record)[0]
      end
    end
    at = band(at + 1, map.slot_mask)
  end
end

-- OR together the marks of every listed suffix, the longest first, up to one with RESET; NEVER counts from any.
local function read_marks(count, size)
  marks[0], marks[1], marks[2], marks[3] = 0, 0, 0, 0
  if count < 2 then return end
  local home, is_reset = line_of(keys[count - 1]), false
  local deep = count > 2 and is_crowded(home) and line_of(keys[count - 2]) or home
  for number = 1, count - 1 do
    local key = keys[number]
    if may_be_listed(number == count - 1 and home or deep, key) then
      local entry = map.marks + 4 * mark_of(key, starts[number], size)
      if is_reset then
        marks[1] = bor(marks[1], band(entry[1], NEVER))
      else
        for word = 0, 3 do marks[word] = bor(marks[word], entry[word]) end
        is_reset = band(marks[1], RESET) ~= 0
      end
    end
  end
end

local function sign_of(start, size)
  local tail = size - start
  local key = crc32(0, asked + start, tail)
  local slots, words = ffi.cast(unsigned_t, map.signs)[3], ffi.cast(words_t, map.signs + 4096)
  local at = (key % 4294967296) % slots
  while true do
    local number = ffi.cast(unsigned_t, words)[2 * at + 1]
    if number == 0 then return OPEN end
    if words[2 * at] == key then
      local record = map.signs + number * 8
      while ffi.cast('const uint16_t *', record + 18)[0] == tail and C.memcmp(record + 20, asked + start, tail) == 0 do
        if record[17] == 0 then return record[16] == CENSORED and CENSORED or BLOCKED end
        local older = ffi.cast(unsigned_t, record)[2]
        if older == 0 or older >= number then return OPEN end
        number, record = older, map.signs + older * 8
      end
    end
    at = (at + 1) % slots
  end
end

-- Return why the global plane keeps the name away, by its longest blocked suffix, or OPEN.
local function sign_against(count, size)
  for number = 1, count - 1 do
    if may_be_sign(keys[number]) then
      local reason = sign_of(starts[number], size)
      if reason ~= OPEN then return reason end
    end
  end
  return OPEN
end

-- Return OPEN or FILTERED where the profile has an exception in force for the name or a suffix, else nil.
local function own_about(half, owner, count, size, now)
  local mixed = tobit(owner * 461845)
  for number = 1, count - 1 do
    if may_be_own(half, keys[number]) then
      local key, tail = bxor(keys[number], mixed), size - 1 - starts[number]
      local at = band(key, map.own_mask)
      while map.own_slots[2 * at + 1] ~= 0 do
        if map.own_slots[2 * at] == key then
          local record = map.owns + map.own_slots[2 * at + 1] * 8
          local words = ffi.cast(unsigned_t, record)
          if words[0] == owner and record[12] == tail and C.memcmp(record + 13, asked + starts[number], tail) == 0 then
            if words[1] > now then return OPEN end
            if words[2] > now then return FILTERED end
            break
          end
        end
        at = band(at + 1, map.own_mask)
      end
    end
  end
  return nil
end

local function is_set(half, first_word, now)
  local week_s = now % WEEK_S
  local quarter = (week_s - week_s % QUARTER_S) / QUARTER_S
  return band(rshift(half[first_word + rshift(quarter, 5)], quarter), 1) ~= 0
end

local function is_any(half, word)
  return bor(bor(band(marks[0], half[word]), band(marks[1], half[word + 1])),
    bor(band(marks[2], half[word + 2]), band(marks[3], half[word + 3]))) ~= 0
end

-- Say why, to be counted, and return FILTERED.
local function filtered(kind)
  tally.kind = kind
  return FILTERED
end

local function family_says(half, owner, count, size, now)
  local flags, unsigned = half[1], ffi.cast(unsigned_t, half)
  if band(flags, 1) == 0 then return OPEN end
  if unsigned[2] > now then return filtered(PAUSE) end
  local has_windows = unsigned[3] <= now
  if has_windows and band(flags, HAS_BEDTIME) ~= 0 and is_set(half, 16, now) then return filtered(BEDTIME) end
  local own = band(flags, HAS_OWNS) ~= 0 and own_about(half, owner, count, size, now)
  if own == FILTERED then return filtered(OWN_CLOSED) end
  if own then return own end
  if has_windows and band(flags, HAS_HOMEWORK) ~= 0 and is_any(half, 8) and is_set(half, 37, now) then
    return filtered(HOMEWORK)
  end
  if is_any(half, 4) then return filtered(CATEGORY) end
  return band(marks[1], flags, SAFE_BITS) ~= 0 and SAFE or OPEN
end

-- Return the lowest mark that `half` keeps away, of those of the name.
local function lowest_mark(half)
  for word = 0, 3 do
    local bits = band(marks[word], half[4 + word])
    for place = 0, 31 do
      if band(rshift(bits, place), 1) ~= 0 then return 32 * word + place end
    end
  end
  return 0
end

-- Say for whom and under what kind an answer that is not open is counted.
local function note_profile(half, outcome)
  tally.number, tally.shows = half[58], band(half[1], SHOWS_NAMES)
  if outcome == SAFE then
    tally.kind = SAFE_FORM
  elseif tally.kind == CATEGORY then
    tally.kind = lowest_mark(half)
  end
end

-- Return the outcome by the precedence table of engines/policy/family/decide.py.
local function decide(row, count, size)
  local canary = count > 1 and may_be_sign(keys[1]) and canaries[ffi.string(asked, size)]
  if canary == CANARY then return CANARY end
  read_marks(count, size)
  if band(marks[1], NEVER) ~= 0 then return OPEN end
  local reason = sign_against(count, size)
  if reason ~= OPEN then
    tally.number, tally.kind, tally.shows = EVERYBODY, reason == CENSORED and LAW or OPERATOR, 0
    return reason
  end
  if row == 0 then return OPEN end
  local words, now = map.rows + row * 128, tonumber(C.time(nil))
  local outcome
  for _ = 1, 2 do
    local version = words[0]
    outcome = family_says(words + band(version, 1) * 64, row * 2 + band(version, 1), count, size, now)
    if words[0] == version then break end
  end
  if outcome ~= OPEN then note_profile(words + band(words[0], 1) * 64, outcome) end
  local is_child = band(words[band(words[0], 1) * 64 + 1], 1) ~= 0
  return outcome == OPEN and is_child and canary or outcome
end
