// TCP on one line. Sequence numbers count from the first that was seen of a connection's direction, as tcpdump prints them.

import type { Part } from './cursor.ts';

const FLAGS: readonly (readonly [number, string])[] = [
  [0x01, 'F'],
  [0x02, 'S'],
  [0x04, 'R'],
  [0x08, 'P'],
  [0x10, '.'],
  [0x20, 'U'],
  [0x40, 'E'],
  [0x80, 'W'],
];
const SYN = 0x02;
const ACK = 0x10;
const URG = 0x20;

interface Numbers {
  readonly sequence: number;
  readonly acknowledged: number;
}

/** Remembers where the sequence numbers of each direction began. */
export class TcpStreams {
  readonly #starts = new Map<string, number>();

  /** The numbers of a segment, relative once both directions' starts are known; those that begin one are printed as they are. */
  relative(from: string, to: string, flags: number, numbers: Numbers): Numbers {
    const [own, peer] = [`${from}>${to}`, `${to}>${from}`];
    const { sequence, acknowledged } = numbers;
    const start = this.#starts.get(own);
    const peerStart = this.#starts.get(peer);
    const begins = (flags & SYN) !== 0 || (start === undefined && peerStart === undefined);
    if (begins) {
      this.#starts.set(own, sequence);
      if ((flags & ACK) !== 0) this.#starts.set(peer, (acknowledged - 1) >>> 0);
      else this.#starts.delete(peer);
    }
    if (begins || start === undefined || peerStart === undefined) return numbers;
    return { sequence: (sequence - start) >>> 0, acknowledged: (acknowledged - peerStart) >>> 0 };
  }
}

/** Behind the addresses: `Flags [S], seq 1, win 512, length 0`. `from` and `to` are addresses with ports. */
export function tcpText(tcp: Part, length: number, from: string, to: string, streams: TcpStreams): string {
  tcp.need(20);
  const flags = tcp.u8(13);
  const header = (tcp.u8(12) >>> 4) * 4;
  const payload = Math.max(0, length - header);
  const parts = [`Flags [${flagText(flags)}]`];
  const numbers = { sequence: tcp.u32(4), acknowledged: tcp.u32(8) };
  const { sequence, acknowledged } = streams.relative(from, to, flags, numbers);
  if (payload > 0) parts.push(`seq ${sequence}:${(sequence + payload) >>> 0}`);
  else if ((flags & 0x07) !== 0) parts.push(`seq ${sequence}`);
  if ((flags & ACK) !== 0) parts.push(`ack ${acknowledged}`);
  parts.push(`win ${tcp.u16(14)}`);
  if ((flags & URG) !== 0) parts.push(`urg ${tcp.u16(18)}`);
  const options = optionTexts(tcp, header);
  if (options.length > 0) parts.push(`options [${options.join(',')}]`);
  parts.push(`length ${payload}`);
  return parts.join(', ');
}

function flagText(flags: number): string {
  const text = FLAGS.filter(([bit]) => (flags & bit) !== 0)
    .map(([, letter]) => letter)
    .join('');
  return text === '' ? 'none' : text;
}

/** The options up to the end of the header, or to where they make no sense. Source: RFC 9293, 7323, 2018. */
function optionTexts(tcp: Part, header: number): string[] {
  const texts: string[] = [];
  const end = Math.min(header, tcp.length);
  for (let at = 20; at < end; ) {
    const kind = tcp.u8(at);
    if (kind === 0) {
      texts.push('eol');
      break;
    }
    if (kind === 1) {
      texts.push('nop');
      at++;
      continue;
    }
    const size = at + 1 < end ? tcp.u8(at + 1) : 0;
    if (size < 2 || at + size > end) break;
    texts.push(optionText(tcp, at, kind, size));
    at += size;
  }
  return texts;
}

function optionText(tcp: Part, at: number, kind: number, size: number): string {
  if (kind === 2 && size === 4) return `mss ${tcp.u16(at + 2)}`;
  if (kind === 3 && size === 3) return `wscale ${tcp.u8(at + 2)}`;
  if (kind === 4 && size === 2) return 'sackOK';
  if (kind === 8 && size === 10) return `TS val ${tcp.u32(at + 2)} ecr ${tcp.u32(at + 6)}`;
  if (kind === 5) return `sack ${(size - 2) / 8}`;
  return `unknown-${kind}`;
}
