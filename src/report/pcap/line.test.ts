import { describe, expect, it } from 'vitest';
import { fromHex } from '../../base/bytes.ts';
import { ip6Text } from './addresses.ts';
import { PacketPrinter } from './line.ts';
import { pcapHeader, pcapRecord } from './write.ts';

const ETHERNET = '020000000002020000000001';
const ip4 = (protocol: string, length: string) => `4500${length}0000400040${protocol}00000a0000010a000002`;

function line(hex: string, link = 1, printer = new PacketPrinter(link)): string {
  return printer.line({ timeNs: 1_700_000_000_123_456_789n, bytes: fromHex(hex)! }).replace(/^\S+ /, '');
}

describe('PacketPrinter', () => {
  it('prints TCP with flags, options and relative numbers', () => {
    const printer = new PacketPrinter(1);
    const from = `${ETHERNET}0800${ip4('06', '002c')}`;
    const syn = `${from}1f90005000000064000000006002ffff00000000020405b4`;
    expect(line(syn, 1, printer)).toBe(
      'IP 10.0.0.1.8080 > 10.0.0.2.80: Flags [S], seq 100, win 65535, options [mss 1460], length 0\n',
    );
    const back = `${ETHERNET}080045000028000040004006000${'0'}0a0000020a00000100501f90000003e8000000655012ffff00000000`;
    expect(line(back, 1, printer)).toContain('Flags [S.], seq 1000, ack 101, win 65535, length 0');
    const data = `${ETHERNET}0800${ip4('06', '002a')}1f90005000000065000003e95018ffff00000000aabb`;
    expect(line(data, 1, printer)).toContain('Flags [P.], seq 1:3, ack 1, win 65535, length 2');
  });

  it.each([
    [
      `${ETHERNET}0800${ip4('11', '0021')}00351388000d00000102030405`,
      'IP 10.0.0.1.53 > 10.0.0.2.5000: UDP, length 5\n',
    ],
    [
      `${ETHERNET}0800${ip4('01', '001c')}0800000000070001`,
      'IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 8\n',
    ],
    [`${ETHERNET}0800${ip4('63', '0018')}00000000`, 'IP 10.0.0.1 > 10.0.0.2: ip-proto-99, length 4\n'],
    [
      `${ETHERNET}08060001080006040001020000000001${'0a000001'}0000000000000a000002`,
      'ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28\n',
    ],
    [
      `${ETHERNET}86dd600000000008 3a40 ${'0'.repeat(31)}1 fe80${'0'.repeat(27)}2 8000000000090003`,
      'IP6 ::1 > fe80::2: ICMP6, echo request, id 9, seq 3, length 8\n',
    ],
    [`${ETHERNET}81000064 0800${ip4('11', '001c')}0035138800080000`, 'IP 10.0.0.1.53 > 10.0.0.2.5000: UDP, length 0\n'],
    [`${ETHERNET}88cc0000`, '02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype LLDP (0x88cc), length 16\n'],
    [`${ETHERNET}0800450000`, '[|ip]\n'],
    [`${ETHERNET}0800${ip4('06', '0028')}1f90`, '[|tcp]\n'],
    ['0200', '[|ether]\n'],
  ])('prints %s', (hex, expected) => {
    expect(line(hex)).toBe(expected);
  });

  it('prints other links', () => {
    const packet = `${ip4('11', '001c')}0035138800080000`;
    const text = 'IP 10.0.0.1.53 > 10.0.0.2.5000: UDP, length 0\n';
    expect(line(packet, 101)).toBe(text);
    expect(line(`02000000${packet}`, 0)).toBe(text);
    expect(line(`ff030021${packet}`, 9)).toBe(text);
    expect(line(`00000001000600000000000000000800${packet}`, 113)).toBe(text);
    expect(line(`0800000000000001000100060000000000000000${packet}`, 276)).toBe(text);
    expect(line('00', 143)).toBe('link-type 143, length 1\n');
  });

  it('prints the time with microseconds', () => {
    const printed = new PacketPrinter(101).line({ timeNs: 1_700_000_000_000_456_789n, bytes: new Uint8Array() });
    expect(printed).toMatch(/^\d\d:\d\d:\d\d\.000456 /);
  });
});

describe('addresses', () => {
  it.each([
    ['00000000000000000000000000000000', '::'],
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
    ['00010002000300040005000600070008', '1:2:3:4:5:6:7:8'],
    ['00010000000300040005000600070008', '1:0:3:4:5:6:7:8'],
  ])('%s is %s', (hex, text) => {
    expect(ip6Text(fromHex(hex)!, 0)).toBe(text);
  });
});

describe('capture files', () => {
  it('have the headers of the format', () => {
    expect(pcapHeader({ link: 1 })).toEqual(fromHex('d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000'));
    expect(pcapHeader({ link: 101, snapLength: 96, nanoseconds: true }).slice(0, 4)).toEqual(fromHex('4d3cb2a1'));
    const packet = { timeNs: 5_000_001_999n, bytes: Uint8Array.of(1, 2), length: 60 };
    expect(pcapRecord(packet)).toEqual(fromHex('05000000 01000000 02000000 3c000000 0102'));
    expect(pcapRecord(packet, true)).toEqual(fromHex('05000000 cf070000 02000000 3c000000 0102'));
  });
});
