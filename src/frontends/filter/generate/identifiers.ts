// Primitives with an identifier: finds out what the name or address means under its qualifiers.

import type { Transport } from '../names/resolver.ts';
import { ETHER_PROTOCOLS, ISO_PROTOCOLS } from '../names/tables.ts';
import type { Expression, Identifier, Qualifiers } from '../syntax/ast.ts';
import { parseIp6 } from '../syntax/lexer.ts';
import { arcnetAddress, ip4Address, ip6Address, macAddress } from './addresses.ts';
import { or, type Predicate } from './block.ts';
import type { Context } from './context.ts';
import { anyPort, type PortRange } from './ports.ts';
import { protocolChain } from './protochain.ts';
import { IpProtocol, type ProtocolFamily, protocolNumber } from './protocols.ts';

type Primitive = Expression & { readonly kind: 'primitive' };

export function primitive(cx: Context, { qualifiers, identifier }: Primitive): Predicate {
  cx.span = identifier.span;
  switch (identifier.kind) {
    case 'number':
      return plainNumber(cx, qualifiers, identifier.value);
    case 'name':
      return name(cx, qualifiers, identifier.text);
    case 'ip4':
      return ip4(cx, qualifiers, identifier);
    case 'ip6':
      return ip6(cx, qualifiers, identifier);
    case 'mac':
      return mac(cx, qualifiers, identifier);
    case 'arcnet':
      if (cx.link.family !== 'arcnet') cx.fail('address', 'aid supported only on ARCnet');
      if (!isHost(qualifiers) || qualifiers.protocol !== 'default')
        cx.fail('address', 'ARCnet address used in non-arc expression');
      return arcnetAddress(cx, identifier.value, qualifiers.direction);
  }
}

function isHost({ kind }: Qualifiers): boolean {
  return kind === 'host' || kind === 'default';
}

/** What errors call the kind of an address. */
function kindName({ kind }: Qualifiers): string {
  return kind === 'net' ? 'net' : 'host';
}

function plainNumber(cx: Context, qualifiers: Qualifiers, value: number): Predicate {
  const { protocol, direction, kind } = qualifiers;
  if (kind === 'net') {
    if (protocol === 'link') cx.fail('address', 'illegal link layer address');
    if (protocol === 'decnet') return ip4Address(cx, value, 0xffffffff, protocol, direction, 'net');
    const [address, mask] = leftAligned(value);
    return ip4Address(cx, address, mask, protocol, direction, 'net');
  }
  return number(cx, qualifiers, value, [value, 0xffffffff]);
}

/** A network as a short number: 10 is 10.0.0.0/8. */
function leftAligned(value: number): readonly [number, number] {
  let address = value;
  let mask = 0xffffffff;
  while (address !== 0 && address < 0x1000000) {
    address = (address << 8) >>> 0;
    mask = (mask << 8) >>> 0;
  }
  return [address, mask];
}

/** A number as whatever the qualifiers say; as an address it is `address` under its mask. */
function number(cx: Context, qualifiers: Qualifiers, value: number, address: readonly [number, number]): Predicate {
  const { protocol, direction, kind } = qualifiers;
  switch (kind) {
    case 'default':
    case 'host':
    case 'net':
      if (protocol === 'link') cx.fail('address', 'illegal link layer address');
      return ip4Address(cx, address[0], address[1], protocol, direction, kindName(qualifiers));
    case 'port':
    case 'portrange': {
      const transport = portProtocol(cx, protocol, kind);
      if (value > 0xffff) cx.fail('port', `illegal port number ${value} > 65535`);
      return anyPort(cx, [value, value], transport, direction, kind === 'portrange');
    }
    case 'gateway':
      return cx.fail('gateway', "'gateway' requires a name");
    case 'proto':
      return protocolNumber(cx, protocol, value);
    case 'protochain':
      return protocolChain(cx, protocol, value);
  }
}

const transports: Partial<Record<ProtocolFamily, number>> = {
  tcp: IpProtocol.TCP,
  udp: IpProtocol.UDP,
  sctp: IpProtocol.SCTP,
};

/** The transport of a port, undefined for any that has ports. */
function portProtocol(cx: Context, protocol: ProtocolFamily, kind: string): number | undefined {
  if (protocol === 'default') return undefined;
  return transports[protocol] ?? cx.fail('port', `illegal qualifier of '${kind}'`);
}

interface Dotted {
  readonly value: number;
  /** How many bits were written: 8 for each number. */
  readonly bits: number;
}

function dotted(cx: Context, text: string): Dotted {
  const parts = text.split('.').map(Number);
  if (parts.some((part) => part > 255)) cx.fail('address', `invalid IPv4 address '${text}'`);
  const value = parts.reduce((sum, part) => sum * 256 + part, 0);
  return { value, bits: parts.length * 8 };
}

/** The address with its missing parts as zeros. */
function padded({ value, bits }: Dotted): number {
  return (value * 2 ** (32 - bits)) >>> 0;
}

function prefixMask(bits: number): number {
  return bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
}

function ip4(cx: Context, qualifiers: Qualifiers, identifier: Identifier & { kind: 'ip4' }): Predicate {
  const { protocol, direction } = qualifiers;
  const { address: text, prefix } = identifier;
  if (prefix !== undefined || identifier.mask !== undefined) return masked(cx, qualifiers, identifier);
  if (protocol === 'decnet') return ip4Address(cx, decnet(cx, text), 0xffffffff, protocol, direction, 'host');
  if (protocol === 'link') cx.fail('address', 'illegal link layer address');
  const address = dotted(cx, text);
  const wrong = /^(port|portrange|proto|protochain)$/.test(qualifiers.kind);
  if (wrong) cx.fail('address', `'${qualifiers.kind}' modifier applied to ip host`);
  return number(cx, qualifiers, address.value, [padded(address), prefixMask(address.bits)]);
}

function masked(
  cx: Context,
  { protocol, direction, kind }: Qualifiers,
  identifier: Identifier & { kind: 'ip4' },
): Predicate {
  const { address: text, prefix, mask: maskText } = identifier;
  const address = dotted(cx, text);
  const mask = maskText === undefined ? prefixOf(cx, prefix!) : padded(dotted(cx, maskText));
  const shown = maskText === undefined ? `${text}/${prefix}` : `${text} mask ${maskText}`;
  const network = padded(address);
  if ((network & ~mask) !== 0) {
    const right = [24, 16, 8, 0].map((shift) => ((network & mask) >>> shift) & 255).join('.');
    cx.fail('network', `non-network bits set in "${shown}"`, `The network is ${right}.`);
  }
  if (kind !== 'net') cx.fail('network', 'Mask syntax for networks only', `Write net ${shown}.`);
  return ip4Address(cx, network, mask, protocol, direction, 'net');
}

function prefixOf(cx: Context, bits: number): number {
  return bits > 32 ? cx.fail('network', 'mask length must be <= 32') : prefixMask(bits);
}

function ip6(
  cx: Context,
  { protocol, direction, kind }: Qualifiers,
  identifier: Identifier & { kind: 'ip6' },
): Predicate {
  const address = parseIp6(identifier.address)!;
  const bits = identifier.prefix ?? 128;
  if (bits > 128) cx.fail('network', 'mask length must be <= 128');
  const mask = Uint8Array.from({ length: 16 }, (_, index) => byteMask(bits - index * 8));
  const shown = `${identifier.address}/${bits}`;
  if (address.some((byte, index) => (byte & ~mask[index]!) !== 0))
    cx.fail('network', `non-network bits set in "${shown}"`);
  if (kind !== 'net' && kind !== 'host' && kind !== 'default')
    cx.fail('address', `invalid qualifier against IPv6 address`);
  if (kind !== 'net' && bits !== 128) cx.fail('network', 'Mask syntax for networks only', `Write net ${shown}.`);
  return ip6Address(cx, address, mask, protocol, direction, kind === 'net' ? 'net' : 'host');
}

function byteMask(bits: number): number {
  if (bits >= 8) return 0xff;
  return bits <= 0 ? 0 : (0xff00 >> bits) & 0xff;
}

function mac(cx: Context, qualifiers: Qualifiers, identifier: Identifier & { kind: 'mac' }): Predicate {
  if (!isHost(qualifiers) || qualifiers.protocol !== 'link') {
    const hint = `Write ether host ${identifier.text}.`;
    cx.fail('address', 'ethernet address used in non-ether expression', hint);
  }
  return macAddress(cx, identifier.bytes, qualifiers.direction);
}

/** `area.node` as DECnet writes it in 16 bits. */
function decnet(cx: Context, text: string): number {
  const [area, node, ...rest] = text.split('.').map(Number);
  if (rest.length > 0 || area! > 63 || node! > 1023) cx.fail('address', `malformed decnet address '${text}'`);
  return (area! << 10) | node!;
}

function name(cx: Context, qualifiers: Qualifiers, text: string): Predicate {
  const { protocol, direction, kind } = qualifiers;
  switch (kind) {
    case 'net': {
      const network = cx.resolver.network(text);
      if (network === undefined) cx.fail('unknown-name', `unknown network '${text}'`);
      const [address, mask] = leftAligned(network);
      return ip4Address(cx, address, mask, protocol, direction, 'net');
    }
    case 'default':
    case 'host':
      return host(cx, qualifiers, text);
    case 'port':
      return portName(cx, protocol, direction, text);
    case 'portrange':
      return portRange(cx, protocol, direction, text);
    case 'gateway':
      return cx.fail('gateway', "'gateway' not supported in this configuration");
    case 'proto':
      return protocolNumber(cx, protocol, protocolByName(cx, protocol, text));
    case 'protochain':
      return protocolChain(cx, protocol, protocolByName(cx, protocol, text));
  }
}

function host(cx: Context, { protocol, direction }: Qualifiers, text: string): Predicate {
  if (protocol === 'link') {
    const address = cx.resolver.ether(text);
    if (!address) cx.fail('unknown-name', `unknown ether host '${text}'`);
    return macAddress(cx, address, direction);
  }
  const found = cx.resolver.host(text);
  if (!found || found.ip4.length + found.ip6.length === 0) cx.fail('unknown-name', `unknown host '${text}'`);
  const full = new Uint8Array(16).fill(0xff);
  const tests: Predicate[] = [];
  if (protocol !== 'ip6') {
    for (const address of found.ip4) tests.push(ip4Address(cx, address, 0xffffffff, protocol, direction, 'host'));
  }
  if (protocol === 'default' || protocol === 'ip6') {
    for (const address of found.ip6) tests.push(ip6Address(cx, address, full, protocol, direction, 'host'));
  }
  if (tests.length === 0) cx.fail('unknown-name', `unknown host '${text}' for specified address family`);
  return or(tests[0]!, ...tests.slice(1));
}

interface Service {
  readonly port: number;
  /** Undefined when the service is the same over more than one. */
  readonly transport: number | undefined;
}

const NUMBERS: Record<Transport, number> = { tcp: IpProtocol.TCP, udp: IpProtocol.UDP, sctp: IpProtocol.SCTP };

/** A service; its port over TCP wins when it has several. */
function service(cx: Context, text: string): Service | undefined {
  if (/^\d+$/.test(text)) return { port: Number(text), transport: undefined };
  const tcp = cx.resolver.service(text, 'tcp');
  const udp = cx.resolver.service(text, 'udp');
  if (tcp !== undefined) return { port: tcp, transport: tcp === udp ? undefined : NUMBERS.tcp };
  if (udp !== undefined) return { port: udp, transport: NUMBERS.udp };
  const sctp = cx.resolver.service(text, 'sctp');
  return sctp === undefined ? undefined : { port: sctp, transport: NUMBERS.sctp };
}

function transportName(number: number): string {
  return Object.entries(NUMBERS).find(([, value]) => value === number)![0];
}

function portName(cx: Context, protocol: ProtocolFamily, direction: Qualifiers['direction'], text: string): Predicate {
  const wanted = portProtocol(cx, protocol, 'port');
  const found = service(cx, text);
  if (!found) {
    const range = /^\d+-\d+$/.test(text) ? [`For a range, write portrange ${text}.`] : [];
    cx.fail('unknown-name', `unknown port '${text}'`, ...range);
  }
  if (wanted !== undefined && found.transport !== undefined && wanted !== found.transport) {
    cx.fail('port', `port '${text}' is ${transportName(found.transport)}`);
  }
  return anyPort(cx, [found.port, found.port], wanted ?? found.transport, direction, false);
}

function portRange(cx: Context, protocol: ProtocolFamily, direction: Qualifiers['direction'], text: string): Predicate {
  const wanted = portProtocol(cx, protocol, 'portrange');
  const range = splitRange(cx, text);
  if (!range) cx.fail('unknown-name', `unknown port in range '${text}'`);
  const [low, high] = range;
  const transport = low.transport === high.transport ? low.transport : undefined;
  if (wanted !== undefined && transport !== undefined && wanted !== transport) {
    cx.fail('port', `port in range '${text}' is ${transportName(transport)}`);
  }
  for (const { port } of range) if (port > 0xffff) cx.fail('port', `illegal port number ${port} > 65535`);
  const ports: PortRange = [low.port, high.port];
  return anyPort(cx, ports, wanted ?? transport, direction, true);
}

/** The two ends; names may contain hyphens, so every hyphen is tried. */
function splitRange(cx: Context, text: string): readonly [Service, Service] | undefined {
  for (let at = text.indexOf('-'); at !== -1; at = text.indexOf('-', at + 1)) {
    const low = service(cx, text.slice(0, at));
    const high = service(cx, text.slice(at + 1));
    if (low && high) return [low, high];
  }
  const single = service(cx, text);
  return single && [single, single];
}

function protocolByName(cx: Context, family: ProtocolFamily, text: string): number {
  switch (family) {
    case 'default':
    case 'ip':
    case 'ip6':
      return cx.resolver.protocol(text) ?? cx.fail('unknown-name', `unknown ip proto '${text}'`);
    case 'iso':
      return ISO_PROTOCOLS.get(text) ?? cx.fail('unknown-name', `unknown osi proto '${text}'`);
    case 'link':
      return ETHER_PROTOCOLS.get(text) ?? cx.fail('unknown-name', `unknown ether proto '${text}'`);
    default:
      return cx.fail('unknown-name', `unknown protocol: ${text}`);
  }
}
