// ICMP and ICMPv6 on one line. Source: RFC 792, RFC 4443, RFC 4861.

import { ip4Text, ip6Text } from './addresses.ts';
import type { Part } from './cursor.ts';

const unreachable = ['net', 'host', 'protocol', 'port'];

/** `ICMP echo request, id 1, seq 1, length 64` */
export function icmpText(icmp: Part, length: number): string {
  return `ICMP ${icmpMessage(icmp)}, length ${length}`;
}

function icmpMessage(icmp: Part): string {
  const type = icmp.u8(0);
  const code = icmp.u8(1);
  switch (type) {
    case 0:
    case 8:
      return `echo ${type === 8 ? 'request' : 'reply'}, id ${icmp.u16(4)}, seq ${icmp.u16(6)}`;
    case 3:
      return unreachableText(icmp, code);
    case 5:
      return `redirect to ${ip4Text(icmp.bytes, 4)}`;
    case 9:
      return 'router advertisement';
    case 10:
      return 'router solicitation';
    case 11:
      return code === 0 ? 'time exceeded in-transit' : 'ip reassembly time exceeded';
    case 12:
      return 'parameter problem';
    default:
      return `type-#${type}`;
  }
}

/** The packet that could not be delivered follows the ICMP header. */
function unreachableText(icmp: Part, code: number): string {
  if (icmp.length < 28) return `${unreachable[code] ?? `code ${code}`} unreachable`;
  const host = ip4Text(icmp.bytes, 8 + 16);
  if (code === 4) return `${host} unreachable - need to frag (mtu ${icmp.u16(6)})`;
  if (code !== 3)
    return `${code === 2 ? `${host} protocol ${icmp.u8(17)}` : `${unreachable[code] ?? 'host'} ${host}`} unreachable`;
  const transport = 8 + (icmp.u8(8) & 0xf) * 4;
  const name = icmp.u8(17) === 6 ? 'tcp' : 'udp';
  const port = icmp.length >= transport + 4 ? ` ${icmp.u16(transport + 2)}` : '';
  return `${host} ${name} port${port} unreachable`;
}

const messages6: Readonly<Record<number, string>> = {
  1: 'destination unreachable',
  2: 'packet too big',
  3: 'time exceeded in-transit',
  4: 'parameter problem',
  130: 'multicast listener query',
  131: 'multicast listener report',
  132: 'multicast listener done',
  133: 'router solicitation',
  134: 'router advertisement',
  143: 'multicast listener report v2',
};

/** `ICMP6, echo request, id 1, seq 1, length 64` */
export function icmp6Text(icmp: Part, length: number): string {
  const type = icmp.u8(0);
  if (type === 128 || type === 129) {
    const what = type === 128 ? 'request' : 'reply';
    return `ICMP6, echo ${what}, id ${icmp.u16(4)}, seq ${icmp.u16(6)}, length ${length}`;
  }
  if ((type === 135 || type === 136) && icmp.length >= 24) {
    const target = ip6Text(icmp.bytes, 8);
    const text = type === 135 ? `neighbor solicitation, who has ${target}` : `neighbor advertisement, tgt is ${target}`;
    return `ICMP6, ${text}, length ${length}`;
  }
  const detail = type === 1 && icmp.length >= 48 ? `, ${unreachable6(icmp)}` : '';
  return `ICMP6, ${messages6[type] ?? `unknown icmp6 type (${type})`}${detail}, length ${length}`;
}

const reasons6 = ['route', 'prohibited', 'beyond scope', 'address', 'port'];

/** The packet that could not be delivered follows the ICMPv6 header. */
function unreachable6(icmp: Part): string {
  const code = icmp.u8(1);
  const target = ip6Text(icmp.bytes, 8 + 24);
  if (code !== 4) return `unreachable ${reasons6[code] ?? `code-#${code}`} ${target}`;
  const name = icmp.u8(8 + 6) === 6 ? 'tcp' : 'udp';
  const port = icmp.length >= 8 + 44 ? ` ${icmp.u16(8 + 42)}` : '';
  return `unreachable port, ${target} ${name} port${port}`;
}
