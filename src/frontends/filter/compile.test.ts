import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disassembleClassic } from '../../isa/index.ts';
import { compileFilter, type FilterOptions, hostNames, linkTypeByName } from './index.ts';
import { listings } from './testing/listings.ts';

function compile(text: string, options: FilterOptions = {}): string {
  const result = compileFilter({ name: 'filter', text }, { netmask: 0, ...options });
  return 'program' in result ? disassembleClassic(result.program) : result.diagnostic.message;
}

const same = (left: string, right: string) => expect(compile(left)).toBe(compile(right));

describe('compileFilter', () => {
  it.each(listings)('prints as tcpdump -y %s -d %j', (link, text, listing) => {
    expect(compile(text, { link: linkTypeByName(link)! })).toBe(listing);
  });

  it('accepts everything without an expression', () => {
    expect(compile('')).toBe('(000) ret      #262144\n');
    expect(compile('  ', { snapLength: 96 })).toBe('(000) ret      #96\n');
  });

  it('goes farther than 255 instructions over ja', () => {
    const many = Array.from({ length: 200 }, (_, index) => `ip[${index}] = ${index}`).join(' and ');
    expect(compile(many, { optimise: false })).toMatch(/ja /);
  });

  it('looks for VLAN tags beside packets of the kernel', () => {
    expect(compile('vlan 7 and ip', { live: true })).toContain('[vlanp]');
    expect(compile('vlan 7 and ip')).not.toContain('[vlanp]');
  });

  it('loads the byte that is tested', () => {
    expect(compile('byte 3 & 5')).toContain('ldb      [3]');
  });

  it('enters VXLAN', () => {
    expect(compile('vxlan 7 and tcp')).toContain('#0x12b5');
  });
});

describe('the language', () => {
  it.each([
    ['tcp port 80 or 443', 'tcp port 80 or tcp port 443'],
    ['port (80 or 443)', 'port 80 or port 443'],
    ['host 10.0.0.1 and not 10.0.0.2', 'host 10.0.0.1 and not host 10.0.0.2'],
    ['tcp or udp and arp', '(tcp or udp) and arp'],
    ['not tcp or udp', '(not tcp) or udp'],
    ['tcp && !udp || arp', 'tcp and not udp or arp'],
    ['src or dst port 5', 'dst or src port 5'],
    ['net 10', 'net 10.0.0.0/8'],
    ['net 192.168', 'net 192.168.0.0 mask 255.255.0.0'],
    ['port http', 'tcp port 80'],
    ['port domain', 'port 53'],
    ['port \\http', 'port http'],
    ['portrange http-https', 'portrange 80-443'],
    ['ether proto \\ip', 'ip'],
    ['ip proto \\tcp', 'ip proto 6'],
    ['ether host 01-02-03-04-05-06', 'ether host 1:2:3:4:5:6'],
    ['ether host 0102.0304.0506', 'ether host 010203040506'],
    ['wlan host 1:2:3:4:5:6', 'ether host 1.2.3.4.5.6'],
    ['less 0x64', 'len <= 100'],
    ['tcp[tcpflags] == tcp-syn', 'tcp[13] = 0x02'],
    ['ip[0] & 017 != 5', 'ip[0] & 15 != 5'],
    ['len == 2 * 5 % 3', 'len = 2 * (5 % 3)'],
    ['net fe80::/10', 'ip6 net fe80::/10'],
    ['host ::ffff:1.2.3.4', 'host ::ffff:102:304'],
    ['direction 1 or es-is', 'dir 1 or esis'],
  ])('%s is %s', same);

  it.each([
    ['host 1.2.3.4 5', 'syntax error', 13],
    ['tcp port', 'syntax error', 8],
    ['foo', 'syntax error', 0],
    ['tcp and 10.0.0.1', 'syntax error in filter expression', 8],
    ['host nowhere.invalid', "unknown host 'nowhere.invalid'", 5],
    ['port nothing', "unknown port 'nothing'", 5],
    ['port 99999', 'illegal port number 99999 > 65535', 5],
    ['ip port 80', "illegal qualifier of 'port'", 8],
    ['udp port http', "port 'http' is tcp", 9],
    ['net 10.0.0.1/8', 'non-network bits set in "10.0.0.1/8"', 4],
    ['net 10.0.0.0/33', 'mask length must be <= 32', 4],
    ['host 10.0.0.0/8', 'Mask syntax for networks only', 5],
    ['host 300.1.1.1', "invalid IPv4 address '300.1.1.1'", 5],
    ['tcp host 1.2.3.4', "'tcp' modifier applied to host", 9],
    ['host 1:2:3:4:5:6', 'ethernet address used in non-ether expression', 5],
    ['tcp[0:3] = 1', 'data size must be 1, 2, or 4', 6],
    ['ip[0] / 0 = 1', 'division by zero', 0],
    ['ip and arp', 'expression rejects all packets', 0],
    ['vlan 5000', 'VLAN tag 5000 greater than maximum 4095', 0],
    ['type mgt', '802.11 link-layer types supported only on 802.11', 0],
    ['port 80 # comment', "illegal character '#'", 8],
    ['proto 10.1', "'proto' modifier applied to ip host", 6],
    ['mpls and arp', 'unsupported protocol over mpls', 9],
  ])('refuses %j: %s', (text, message, start) => {
    const result = compileFilter({ name: 'filter', text });
    if (!('diagnostic' in result)) throw new Error('it was accepted');
    expect(result.diagnostic.message).toContain(message);
    expect(result.diagnostic.span?.start).toBe(start);
  });

  it('says so when a link type cannot be looked into', () => {
    expect(compile('tcp', { link: linkTypeByName('DOCSIS')! })).toBe(
      'DOCSIS link-layer type filtering not implemented',
    );
    expect(compile('link[0] = 1', { link: linkTypeByName('DOCSIS')! })).toContain('ldb      [0]');
  });

  it('helps with what is often mistyped', () => {
    const hints = (text: string) => {
      const result = compileFilter({ name: 'filter', text });
      return 'diagnostic' in result ? result.diagnostic.hints : [];
    };
    expect(hints('port 80-90')).toEqual(['For a range, write portrange 80-90.']);
    expect(hints('10.0.0.1')).toEqual(['For an address, write host 10.0.0.1.']);
    expect(hints('proto tcp')[0]).toContain('\\tcp');
    expect(hints('len-5 = 1')).toEqual(['Put spaces around a minus sign.']);
  });

  it('answers any words with a program or a diagnostic', () => {
    const words = fc.constantFrom(
      ...[
        'tcp',
        'ip',
        'ether',
        'src',
        'host',
        'net',
        'port',
        'and',
        'or',
        'not',
        '(',
        ')',
        '80',
        '10.0.0.1',
        '::1',
        '\\ip',
      ],
      ...[
        '1:2:3:4:5:6',
        'len',
        'ip[',
        ']',
        '=',
        '>',
        '+',
        '/',
        '8',
        'vlan',
        'type',
        'less',
        'mask',
        '$5',
        'x-y',
        '&&',
        '%',
      ],
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), (soup) => {
        const result = compileFilter({ name: 'filter', text: soup.join(' ') });
        expect('program' in result || result.diagnostic.message.length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
    const deep = compileFilter({ name: 'filter', text: `${'('.repeat(50_000)}ip${')'.repeat(50_000)}` });
    expect('diagnostic' in deep && deep.diagnostic.code).toBe('too-deep');
  });

  it('names the hosts of an expression', () => {
    const text = 'host a or b and port http and ether host c and (src d or not e)';
    expect(hostNames({ name: 'filter', text })).toEqual(['a', 'b', 'd', 'e']);
    expect(hostNames({ name: 'filter', text: 'host' })).toEqual([]);
  });
});

const tcpdump = spawnSync('tcpdump', ['--version'], { encoding: 'utf8' });
const version = /libpcap version (\S+)/.exec(`${tcpdump.stdout}${tcpdump.stderr}`)?.[1];

/** Many expressions over many links, each as tcpdump prints it; versions of libpcap differ in details. */
describe.skipIf(!version?.startsWith('1.10.'))('beside tcpdump (skipped unless it is there with libpcap 1.10)', () => {
  const primitives = [
    'tcp port 80',
    'not ip6',
    'net 10 or 192.168',
    'portrange 20-30',
    'ip[6:2] & 0x1fff = 0',
    'icmp6',
    'stp',
    'broadcast',
  ];
  const links = [
    'EN10MB',
    'RAW',
    'LINUX_SLL',
    'LINUX_SLL2',
    'NULL',
    'LOOP',
    'PPP',
    'FDDI',
    'C_HDLC',
    'IEEE802_11',
    'SUNATM',
    'ARCNET',
  ];
  it.each(links)('%s', (name) => {
    const texts = primitives.flatMap((text, index) => [text, `(${text}) and (${primitives[(index + 3) % 8]})`]);
    for (const text of texts) {
      const theirs = spawnSync('tcpdump', ['-y', name, '-d', '--', text], { encoding: 'utf8' });
      const wanted = theirs.status === 0 ? theirs.stdout : theirs.stderr.replace(/^.*tcpdump: /s, '').trim();
      expect(compile(text, { link: linkTypeByName(name)! }), text).toBe(wanted);
    }
  });
});
