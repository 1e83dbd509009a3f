// The programs that bench/vm.mjs runs, as assembly text of type xdp. The first map is map0.

/** Turns of the loops; with maps fewer, since the kernel's verifier walks every turn. */
export const TURNS = 10_000;
export const MAP_TURNS = 4_000;

const arithmetic = `
  r0 = 88172645463325252 ll
  r6 = 0
loop:
  r1 = r0
  r1 <<= 13
  r0 ^= r1
  r1 = r0
  r1 >>= 7
  r0 ^= r1
  r1 = r0
  r1 <<= 17
  r0 ^= r1
  r0 *= 1540483477
  r6 += 1
  if r6 != ${TURNS} goto loop
  exit
`;

const memory = `
  r0 = 0
  *(u64 *)(r10 - 64) = 1
  *(u64 *)(r10 - 56) = 2
  *(u64 *)(r10 - 48) = 3
  *(u64 *)(r10 - 40) = 4
  *(u64 *)(r10 - 32) = 5
  *(u64 *)(r10 - 24) = 6
  *(u64 *)(r10 - 16) = 7
  *(u64 *)(r10 - 8) = 8
  r6 = 0
loop:
  r1 = r6
  r1 &= 7
  r1 <<= 3
  r2 = r10
  r2 += -64
  r2 += r1
  r3 = *(u64 *)(r2 + 0)
  r3 += r6
  *(u64 *)(r2 + 0) = r3
  r4 = r6
  r4 += 3
  r4 &= 7
  r0 ^= r4
  r0 += r6
  r6 += 1
  if r6 != ${TURNS} goto loop
  r1 = *(u64 *)(r10 - 64)
  r0 += r1
  exit
`;

/** Looks up key i & 1023 on every turn and adds to the value. */
const lookups = `
  r6 = 0
  r7 = 0
loop:
  r1 = r6
  r1 &= 1023
  *(u32 *)(r10 - 4) = r1
  r2 = r10
  r2 += -4
  r1 = map[map0]
  call bpf_map_lookup_elem
  if r0 == 0 goto missing
  r1 = *(u64 *)(r0 + 0)
  r7 += r1
missing:
  r6 += 1
  if r6 != ${MAP_TURNS} goto loop
  r0 = r7
  exit
`;

/** Ethernet, optional VLAN tag, IPv4, TCP or UDP: 2 for port 443 or 80 to it, 1 for other packets of both, 0 for all others. */
const packet = `
  r2 = *(u32 *)(r1 + 0)
  r3 = *(u32 *)(r1 + 4)
  r0 = 0
  r4 = r2
  r4 += 14
  if r4 > r3 goto done
  r5 = *(u16 *)(r2 + 12)
  if r5 != 0x0081 goto network
  r4 += 4
  if r4 > r3 goto done
  r5 = *(u16 *)(r2 + 16)
network:
  if r5 != 8 goto done
  r6 = r4
  r6 += 20
  if r6 > r3 goto done
  r5 = *(u8 *)(r4 + 0)
  r7 = r5
  r7 >>= 4
  if r7 != 4 goto done
  r5 &= 15
  r5 <<= 2
  if r5 < 20 goto done
  r7 = *(u16 *)(r4 + 6)
  r7 = be16 r7
  r7 &= 0x1fff
  if r7 != 0 goto done
  r7 = *(u8 *)(r4 + 9)
  if r7 == 6 goto transport
  if r7 != 17 goto done
transport:
  r4 += r5
  r6 = r4
  r6 += 8
  if r6 > r3 goto done
  r0 = 1
  r5 = *(u16 *)(r4 + 2)
  r5 = be16 r5
  if r5 == 443 goto found
  if r5 != 80 goto done
found:
  r0 = 2
done:
  exit
`;

export const loops = [
  {
    name: 'arithmetic loop',
    text: arithmetic,
    per: 12 * TURNS,
    unit: 'ns/instruction',
    native: 'arithmetic',
    maps: [],
  },
  { name: 'memory loop', text: memory, per: 16 * TURNS, unit: 'ns/instruction', native: 'memory', maps: [] },
  { name: 'array look-ups', text: lookups, per: MAP_TURNS, unit: 'ns/look-up', maps: ['array'] },
  { name: 'hash look-ups', text: lookups, per: MAP_TURNS, unit: 'ns/look-up', maps: ['hash'] },
];

export const parser = { name: 'packet parser', text: packet };

/** A mix of packets: TCP and UDP to several ports, with and without VLAN tag, ARP, short ones. */
export function packets(count) {
  return Array.from({ length: count }, (_, index) => {
    const kind = index % 8;
    if (kind === 7) return ethernet(0x0806, new Uint8Array(46));
    const transport = new Uint8Array(40);
    new DataView(transport.buffer).setUint16(2, [443, 80, 22, 443, 53, 8080, 443][kind]);
    const ip = ipv4(kind === 4 ? 17 : 6, transport);
    if (kind !== 5) return ethernet(0x0800, ip);
    const tagged = new Uint8Array(4 + ip.length);
    tagged.set([0, 7, 8, 0]);
    tagged.set(ip, 4);
    return ethernet(0x8100, tagged);
  });
}

function ipv4(protocol, payload) {
  const bytes = new Uint8Array(20 + payload.length);
  bytes[0] = 0x45;
  bytes[8] = 64;
  bytes[9] = protocol;
  bytes.set(payload, 20);
  return bytes;
}

function ethernet(type, payload) {
  const bytes = new Uint8Array(14 + payload.length);
  new DataView(bytes.buffer).setUint16(12, type);
  bytes.set(payload, 14);
  return bytes;
}
