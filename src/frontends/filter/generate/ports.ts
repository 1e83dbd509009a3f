// Ports and ranges of ports of TCP, UDP and SCTP, over IPv4 and IPv6.

import { EtherType } from '../names/tables.ts';
import type { Direction } from '../syntax/words.ts';
import { and, JGE, JGT, not, or, type Predicate } from './block.ts';
import type { Context } from './context.ts';
import { carries } from './link-protocol.ts';
import { firstFragment, IpProtocol } from './protocols.ts';
import { bySide } from './sides.ts';

export type PortRange = readonly [number, number];
type Transport = 'transport4' | 'transport6';

/** Over both; `protocol` undefined means any that has ports. */
export function anyPort(
  cx: Context,
  range: PortRange,
  protocol: number | undefined,
  direction: Direction,
  isRange: boolean,
): Predicate {
  const over6 = ip6Port(cx, range, protocol, direction, isRange);
  return or(over6, ip4Port(cx, range, protocol, direction, isRange));
}

export function ip4Port(
  cx: Context,
  range: PortRange,
  protocol: number | undefined,
  direction: Direction,
  isRange = false,
): Predicate {
  const isIp = carries(cx, EtherType.IP);
  const ports = overProtocols(protocol, (one) =>
    and(
      cx.compare('network', 9, 1, one),
      firstFragment(cx),
      bySide(cx, direction, WHAT[isRange ? 1 : 0], (source) => port(cx, 'transport4', source, range, isRange)),
    ),
  );
  return and(isIp, ports);
}

export function ip6Port(
  cx: Context,
  range: PortRange,
  protocol: number | undefined,
  direction: Direction,
  isRange = false,
): Predicate {
  const isIp = carries(cx, EtherType.IPV6);
  const ports = overProtocols(protocol, (one) =>
    and(
      cx.compare('network', 6, 1, one),
      bySide(cx, direction, WHAT[isRange ? 1 : 0], (source) => port(cx, 'transport6', source, range, isRange)),
    ),
  );
  return and(isIp, ports);
}

const WHAT = ['ports', 'port ranges'] as const;

function overProtocols(protocol: number | undefined, make: (protocol: number) => Predicate): Predicate {
  if (protocol !== undefined) return make(protocol);
  return or(make(IpProtocol.SCTP), make(IpProtocol.TCP), make(IpProtocol.UDP));
}

function port(cx: Context, transport: Transport, source: boolean, [low, high]: PortRange, isRange: boolean): Predicate {
  const offset = source ? 0 : 2;
  if (!isRange) return cx.compare(transport, offset, 2, low);
  const [first, last] = low <= high ? [low, high] : [high, low];
  const atLeast = cx.compare(transport, offset, 2, first, 0xffffffff, JGE);
  return and(atLeast, not(cx.compare(transport, offset, 2, last, 0xffffffff, JGT)));
}
