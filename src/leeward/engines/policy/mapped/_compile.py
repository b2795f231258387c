"""The compiled loops over millions of records when a table is written as a whole."""

import numpy as np

from ._hot import CRC, Number, Numbers, Octets, bloom_mask, compiled
from ._layout import Words


@compiled
def pack(text: Octets, numbers: Numbers, words: Words, starts: Numbers) -> Number:
    """Write one record for each line of `text`; return how many words they take, or -1 - n for a bad line n."""
    octets = words.view(np.uint8)
    at, word = 0, 0
    for line in range(len(numbers)):
        starts[line] = word
        words[word] = numbers[line]
        length_at = word * 4 + 4
        out, labels, begun = length_at + 2, 0, length_at + 1
        while True:
            octet = np.int64(text[at]) if at < len(text) else 10
            at += 1
            if octet == 46 or octet == 10:
                if not 0 < out - begun - 1 < 64:
                    return -1 - line
                octets[begun] = out - begun - 1
                labels += 1
                if octet == 10:
                    break
                begun = out
                out += 1
                continue
            if out - length_at > 254 or octet <= 32 or octet >= 127:
                return -1 - line
            octets[out] = octet + 32 if 65 <= octet <= 90 else octet
            out += 1
        if labels < 2 or out - length_at - 1 > 254:
            return -1 - line
        octets[length_at] = out - length_at - 1
        word = (out + 7) // 8 * 2
    return word


@compiled
def name_keys_of(words: Words, starts: Numbers, keys: Numbers) -> None:
    """Fill in for each record of a name: its key, the key of its last two labels, and of its last three (-1: none)."""
    octets = words.view(np.uint8)
    borders = np.empty(128, dtype=np.int64)
    for number in range(len(starts)):
        first = starts[number] * 4 + 5
        length = np.int64(octets[first - 1])
        labels: Number = 0
        at: Number = 0
        while at < length:
            borders[labels] = at
            labels += 1
            at += np.int64(octets[first + at]) + 1
        keys[2, number] = -1
        state: Number = np.int64(0xFFFFFFFF)
        at = length - 1
        for label in range(labels - 1, -1, -1):
            while at >= borders[label]:
                state = CRC[(state ^ np.int64(octets[first + at])) & 255] ^ (state >> 8)
                at -= 1
            if label == labels - 2:
                keys[1, number] = state ^ 0xFFFFFFFF
            elif label == labels - 3:
                keys[2, number] = state ^ 0xFFFFFFFF
        keys[0, number] = state ^ 0xFFFFFFFF


@compiled
def fill_bloom(bloom: Words, keys: Numbers, below: Numbers, crowded: Number) -> None:
    """Set the bits of every name; a line with more than `crowded` names of three labels sends these elsewhere."""
    mask = len(below) - 1
    for number in range(keys.shape[1]):
        if keys[2, number] >= 0:
            below[keys[1, number] & mask] += 1
    for line in range(len(below)):
        if below[line] > crowded:
            bloom[line * 16] |= np.uint32(0x80000000)
    for number in range(keys.shape[1]):
        line = keys[1, number] & mask
        if keys[2, number] >= 0 and below[line] > crowded:
            line = keys[2, number] & mask
        bloom[line * 16 + (keys[0, number] >> 28)] |= np.uint32(bloom_mask(keys[0, number]))


@compiled
def publish(
    slots: Words, words: Words, starts: Numbers, keys: Numbers, head: Number, may_repeat: Number, twice: Numbers
) -> tuple[Number, Number]:
    """Give every record a slot; return how many are in use and how many records came again.

    A record that came again has no slot: `twice` gets the place of the first one and the first word of the other.
    """
    octets = words.view(np.uint8)
    mask = len(slots) // 2 - 1
    used, again = 0, 0
    for number in range(len(starts)):
        key = keys[number]
        slot, is_again = key & mask, False
        while slots[2 * slot + 1] != 0:
            if may_repeat and np.int64(slots[2 * slot]) == key:
                there = (np.int64(slots[2 * slot + 1]) - 1) * 2
                one, other = (there + head) * 4, (starts[number] + head) * 4
                length = np.int64(octets[other]) + 1
                same = 0
                while same < length and octets[one + same] == octets[other + same]:
                    same += 1
                if same == length:
                    twice[0, again], twice[1, again] = there, np.int64(words[starts[number]])
                    again += 1
                    is_again = True
                    break
            slot = (slot + 1) & mask
        if not is_again:
            slots[2 * slot], slots[2 * slot + 1] = key, starts[number] // 2 + 1
            used += 1
    return used, again


@compiled
def live(words: Words, head: Number, kept: Words, starts: Numbers, keys: Numbers) -> tuple[Number, Number]:
    """Copy the records that slots name and whose value is not zero; return their number and how many words they take."""
    octets = words.view(np.uint8)
    slots, mask = np.int64(words[5]) * 2, np.int64(words[6])
    count, end = 0, 0
    for slot in range(mask + 1):
        record = np.int64(words[slots + 2 * slot + 1]) * 2
        if record == 0:
            continue
        value = np.int64(words[record]) if head == 1 else np.int64(words[record + 1]) | np.int64(words[record + 2])
        if value == 0:
            continue
        length = (head * 4 + 1 + np.int64(octets[(record + head) * 4]) + 7) // 8 * 2
        starts[count], keys[count] = end, np.int64(words[slots + 2 * slot])
        for word in range(length):
            kept[end + word] = words[record + word]
        end += length
        count += 1
    return count, end


@compiled
def publish_addresses(slots: Words, addresses: Numbers, shift: Number) -> None:
    """Give every address and its row a slot."""
    mask = len(slots) // 2 - 1
    for number in range(len(addresses)):
        slot = (addresses[number, 0] * 400_521 & 0xFFFFFFFF) >> shift
        while slots[2 * slot] != 0:
            slot = (slot + 1) & mask
        slots[2 * slot], slots[2 * slot + 1] = addresses[number, 0], addresses[number, 1]
