// Expressions and packets at random, for the properties that a filter's programs must have.

import fc from 'fast-check';

const side = fc.constantFrom('', 'src ', 'dst ', 'src or dst ', 'src and dst ');
const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '192.168.1.7', '224.0.0.1');
const number = fc.constantFrom('0', '1', '2', '5', '0x0f', '16', '255', '1500', '65535');
const simple: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('ip', 'ip6', 'arp', 'tcp', 'udp', 'icmp', 'icmp6', 'sctp', 'stp', 'ipx', 'vlan', 'mpls', 'iso'),
  fc.tuple(side, address).map(([where, which]) => `${where}host ${which}`),
  fc.tuple(side, fc.constantFrom('10.0.0.0/8', '192.168', '10')).map(([where, which]) => `${where}net ${which}`),
  fc
    .tuple(fc.constantFrom('', 'tcp ', 'udp '), side, fc.constantFrom('22', '53', '80'))
    .map((parts) => parts.join('').replace(/(\d+)$/, 'port $1')),
  fc.tuple(side, fc.constantFrom('1-100', '50-60', '80-8080')).map(([where, which]) => `${where}portrange ${which}`),
  fc.constantFrom('ip6 host ::1', 'net fe80::/10', 'ether host 2:0:0:0:0:1', 'broadcast', 'multicast', 'ip multicast'),
  fc.constantFrom(
    'less 60',
    'greater 100',
    'ip proto 17',
    'proto 6',
    'ether proto 0x0806',
    'tcp[tcpflags] & tcp-syn != 0',
  ),
);

const arithmetic: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    number,
    fc.constant('len'),
    fc
      .tuple(
        fc.constantFrom('ip', 'ip6', 'tcp', 'udp', 'ether', 'arp', 'icmp'),
        fc.constantFrom('0', '2', '4', '8', '12'),
        fc.constantFrom('', ':2', ':4'),
      )
      .map(([protocol, index, size]) => `${protocol}[${index}${size}]`),
    fc
      .tuple(tie('value'), fc.constantFrom('+', '-', '*', '&', '|', '^', '>> 3 +', '<< 2 -'), tie('value'))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
  ),
})).value;

const relation = fc
  .tuple(arithmetic, fc.constantFrom('=', '!=', '<', '>', '<=', '>='), arithmetic)
  .map((parts) => parts.join(' '));

/** An expression in the language; it may move headers, and it may reject everything. */
export const expressions: fc.Arbitrary<string> = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    simple,
    relation,
    fc
      .tuple(tie('expression'), fc.constantFrom('and', 'or'), tie('expression'))
      .map(([left, word, right]) => `(${left}) ${word} (${right})`),
    tie('expression').map((inner) => `not (${inner})`),
  ),
})).expression;

const LONG = 256;

/**
 * An Ethernet frame: mostly well-formed headers with the addresses and ports that expressions ask for, sometimes noise. It is
 * long, so that no load leaves it: a load that does ends the program, and a load that is optimised away does not.
 */
export const packets: fc.Arbitrary<Uint8Array> = fc
  .record({
    type: fc.constantFrom(0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd, 0x0806, 0x8100, 0x8847, 40, 0x88cc),
    inner: fc.constantFrom(0x0800, 0x86dd, 0x8100),
    protocol: fc.constantFrom(6, 6, 17, 17, 1, 58, 132, 44),
    words: fc.array(fc.constantFrom(10, 1, 0, 192, 168, 7, 224, 255), { minLength: 8, maxLength: 8 }),
    ports: fc.tuple(fc.constantFrom(22, 53, 80, 55, 9000), fc.constantFrom(22, 53, 80, 55, 9000)),
    fragment: fc.constantFrom(0, 0, 0, 0x4000, 0x2001),
    options: fc.constantFrom(5, 5, 6, 15),
    noise: fc.uint8Array({ minLength: LONG, maxLength: LONG }),
    quiet: fc.boolean(),
  })
  .map(({ type, inner, protocol, words, ports, fragment, options, noise, quiet }) => {
    const bytes = quiet ? new Uint8Array(LONG) : Uint8Array.from(noise);
    const view = new DataView(bytes.buffer);
    view.setUint16(12, type);
    let at = 14;
    if (type === 0x8100) {
      view.setUint16(16, inner);
      at = 18;
    }
    const version = type === 0x86dd || (type === 0x8100 && inner === 0x86dd) ? 6 : 4;
    if (version === 6) {
      bytes[at] = 0x60;
      bytes[at + 6] = protocol;
      at += 40;
    } else {
      bytes[at] = 0x40 | options;
      view.setUint16(at + 6, fragment);
      bytes[at + 9] = protocol;
      bytes.set(words, at + 12);
      at += options * 4;
    }
    view.setUint16(at, ports[0]);
    view.setUint16(at + 2, ports[1]);
    return bytes;
  });
