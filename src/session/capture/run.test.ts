import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ByteWriter, fromHex } from '../../base/bytes.ts';
import { linkTypeByName } from '../../frontends/filter/index.ts';
import { pcapHeader, pcapRecord } from '../../report/pcap/write.ts';
import { CaptureFile } from './file.ts';
import { type FilterRun, runFilter } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'beetrace-filter-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ETHERNET = '020000000002020000000001';
const frames = [
  // TCP 10.0.0.1:8080 > 10.0.0.2:80, SYN
  `${ETHERNET}0800450000280000400040060000 0a0000010a000002 1f900050000000640000000050020200 00000000`,
  // UDP 10.0.0.1:53 > 10.0.0.2:5000
  `${ETHERNET}08004500001c0000400040110000 0a0000010a000002 0035138800080000`,
  // ARP
  `${ETHERNET}08060001080006040001020000000001 0a000001 000000000000 0a000002`,
].map((hex) => fromHex(hex)!);

function file(name: string, bytes: readonly Uint8Array[]): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat(bytes));
  return path;
}

function record(index: number): Uint8Array {
  return pcapRecord({ timeNs: BigInt(index + 1) * 1_000_000_000n, bytes: frames[index]! });
}

const classic = file('classic.pcap', [pcapHeader({ link: 1 }), ...frames.map((_, index) => record(index))]);

async function filter(expression: string, run: Partial<FilterRun> = {}) {
  const parts: Uint8Array[] = [];
  const base = { optimise: true, ebpf: false, snapLength: 262_144, promiscuous: false, read: classic };
  const diagnostic = await runFilter(
    { ...base, expression, ...run },
    { write: (bytes) => parts.push(bytes.slice()), say: () => {}, onStop: () => {} },
  );
  const bytes = Buffer.concat(parts);
  return { diagnostic, bytes, lines: bytes.toString().split('\n').slice(0, -1) };
}

describe('filtering a capture file', () => {
  it.each([
    ['', 3],
    ['tcp port 80', 1],
    ['udp or arp', 2],
    ['host 10.0.0.1', 3],
    ['not arp and not port 53', 1],
    ['tcp[tcpflags] = tcp-syn', 1],
    ['ip6 or vlan', 0],
  ])('%j passes %i packets, also in eBPF', async (expression, count) => {
    expect((await filter(expression)).lines).toHaveLength(count);
    expect((await filter(expression, { ebpf: true })).lines).toHaveLength(count);
    expect((await filter(expression, { optimise: false })).lines).toHaveLength(count);
  });

  it('prints a line for each packet', async () => {
    const { lines } = await filter('arp or udp');
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'IP 10.0.0.1.53 > 10.0.0.2.5000: UDP, length 0',
      'ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
    ]);
  });

  it('writes a capture file, cut to the snapshot length', async () => {
    const { bytes } = await filter('udp', { write: '-' });
    expect(new Uint8Array(bytes)).toEqual(new Uint8Array(Buffer.concat([pcapHeader({ link: 1 }), record(1)])));
    const cut = await filter('tcp', { write: '-', snapLength: 20 });
    expect(cut.bytes.length).toBe(24 + 16 + 20);
    expect(cut.bytes.readUInt32LE(24 + 12)).toBe(frames[0]!.length);
  });

  it('ends after the packets that were asked for', async () => {
    expect((await filter('ip', { count: 1 })).lines).toHaveLength(1);
  });

  it('gives back what is wrong with the expression', async () => {
    const { diagnostic } = await filter('tcp prot 80');
    expect(diagnostic?.message).toContain('syntax error');
    const outside = await filter('inbound');
    expect(outside.diagnostic?.message).toBe('inbound/outbound not supported on Ethernet when reading savefiles');
  });

  it('takes the file for another link type when told to', async () => {
    const raw = file('raw.pcap', [pcapHeader({ link: 147 }), pcapRecord({ timeNs: 0n, bytes: frames[0]!.slice(14) })]);
    await expect(filter('tcp', { read: raw })).rejects.toThrow('Filters do not know link type 147.');
    expect((await filter('tcp', { read: raw, link: linkTypeByName('RAW')! })).lines).toHaveLength(1);
  });

  it('prints programs', async () => {
    expect((await filter('arp', { print: 1 })).lines[0]).toBe('(000) ldh      [12]');
    expect((await filter('arp', { print: 2 })).lines[0]).toBe('{ 0x28, 0, 0, 0x0000000c },');
    expect((await filter('arp', { print: 3 })).lines.slice(0, 2)).toEqual(['4', '40 0 0 12']);
    expect((await filter('arp', { print: 1, ebpf: true })).lines).toContain('   3: (28) r0 = *(u16 *)skb[12]');
  });
});

function packetsOf(path: string) {
  const capture = new CaptureFile(path);
  try {
    return [...capture.packets()];
  } finally {
    capture.close();
  }
}

/** A block of pcapng around a body. */
function block(type: number, body: Uint8Array): Uint8Array {
  const padded = (body.length + 3) & ~3;
  const writer = new ByteWriter()
    .u32(type)
    .u32(padded + 12)
    .bytes(body);
  return writer
    .zero(padded - body.length)
    .u32(padded + 12)
    .finish();
}

const section = block(0x0a0d0d0a, new ByteWriter().u32(0x1a2b3c4d).u16(1).u16(0).u64(-1n).finish());

describe('CaptureFile', () => {
  it('reads both byte orders and both units of time', () => {
    const big = Buffer.alloc(24 + 16 + 2);
    big.writeUInt32BE(0xa1b23c4d, 0);
    big.writeUInt16BE(2, 4);
    big.writeUInt32BE(65535, 16);
    big.writeUInt32BE(101, 20);
    for (const [index, value] of [7, 123_456_789, 2, 99].entries()) big.writeUInt32BE(value, 24 + index * 4);
    const packets = packetsOf(file('big.pcap', [big]));
    expect(packets).toEqual([{ timeNs: 7_123_456_789n, bytes: new Uint8Array(2), length: 99, link: 101 }]);
    expect(packetsOf(classic).map(({ timeNs }) => timeNs)).toEqual([1_000_000_000n, 2_000_000_000n, 3_000_000_000n]);
  });

  it('reads pcapng: interfaces with their own units, packets of all kinds, other blocks', () => {
    const micro = block(1, new ByteWriter().u16(1).u16(0).u32(0).finish());
    const nano = block(1, new ByteWriter().u16(101).u16(0).u32(0).u16(9).u16(1).u8(9).zero(3).u16(0).u16(0).finish());
    const enhanced = (at: number, time: bigint) =>
      block(
        6,
        new ByteWriter()
          .u32(at)
          .u32(Number(time >> 32n))
          .u32(Number(time & 0xffffffffn))
          .u32(3)
          .u32(60)
          .bytes(Uint8Array.of(1, 2, 3))
          .finish(),
      );
    const simple = block(3, new ByteWriter().u32(2).bytes(Uint8Array.of(8, 9)).finish());
    const unknown = block(0x0bad, new Uint8Array(5));
    const path = file('all.pcapng', [
      section,
      micro,
      unknown,
      nano,
      enhanced(0, 1_500_000n),
      enhanced(1, 1_500_000n),
      simple,
    ]);
    expect(packetsOf(path)).toEqual([
      { timeNs: 1_500_000_000n, bytes: Uint8Array.of(1, 2, 3), length: 60, link: 1 },
      { timeNs: 1_500_000n, bytes: Uint8Array.of(1, 2, 3), length: 60, link: 101 },
      { timeNs: 0n, bytes: Uint8Array.of(8, 9), length: 2, link: 1 },
    ]);
  });

  it.each([
    ['nothing', new Uint8Array(2), 'too short'],
    ['text', new TextEncoder().encode('hello world, this is text'), 'magic'],
    ['cut header', pcapHeader({ link: 1 }).slice(0, 10), 'header is cut'],
  ])('refuses %s', (name, bytes, why) => {
    expect(() => packetsOf(file(name, [bytes]))).toThrow(why);
  });

  it('says when a file ends in the middle of a packet, or is damaged', () => {
    expect(() => packetsOf(file('cut', [pcapHeader({ link: 1 }), record(0).slice(0, 30)]))).toThrow(
      'middle of a packet',
    );
    const damaged = new ByteWriter().u32(0).u32(0).u32(0x7fffffff).u32(0).finish();
    expect(() => packetsOf(file('damaged', [pcapHeader({ link: 1 }), damaged]))).toThrow('damaged');
    expect(() => packetsOf(join(folder, 'missing'))).toThrow('No such file');
  });
});

describe('Captures', () => {
  it('makes files that can be read again', async () => {
    const { Captures } = await import('../captures.ts');
    const captures = new Captures();
    const path = join(folder, 'script.pcap');
    captures.write(path, 5_000_000_001n, Uint8Array.of(0x45));
    captures.write(path, 6_000_000_002n, Uint8Array.of(0x60));
    captures.close();
    expect(packetsOf(path).map(({ timeNs, link }) => [timeNs, link])).toEqual([
      [5_000_000_001n, 101],
      [6_000_000_002n, 101],
    ]);
    expect(readFileSync(path).subarray(0, 4)).toEqual(Buffer.from(fromHex('4d3cb2a1')!));
  });
});
