// skboutput: packets for a capture file.

import type { Instruction } from '../../../compiler/ir.ts';
import {
  type Member,
  memberAddress,
  nanoseconds,
  read,
  readBuffer,
  registerOf,
} from '../../../compiler/operations/index.ts';
import { type Type, UINT32, UINT64 } from '../../../image/index.ts';
import type { CTypes } from '../check/ctypes.ts';
import { behindPointers, constantNumber, isInteger, isUnresolved } from '../check/types.ts';
import type { Lowering } from '../lower/context.ts';
import { literalString, wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

const SKB = 'struct sk_buff';

/** More than the largest frame of Ethernet without jumbo frames; a record has to hold it. */
const MOST_BYTES = 2048;

export const skboutput: ExpressionWord = {
  name: 'skboutput',
  kind: 'function',
  signature: 'skboutput("file.pcap", skb, length, offset)',
  doc: 'Writes the first length bytes of a packet, from an offset on, to a capture file. 0 when it worked.',
  args: [4, 4],
  needs: 'skboutput',
  check(cx, use) {
    literalString(cx, use, 0);
    const skb = cx.type(use.args[1]!);
    const target = behindPointers(skb);
    if (!isUnresolved(skb) && (target.kind !== 'struct' || target.name !== SKB)) {
      wrongArgument(cx, use, 1, 'a pointer to struct sk_buff', skb);
    }
    for (const at of [2, 3]) {
      const type = cx.type(use.args[at]!);
      if (!isUnresolved(type) && !isInteger(type)) wrongArgument(cx, use, at, 'an integer', type);
    }
    return UINT64;
  },
  lower(cx, use) {
    const [file, skb, length, offset] = use.args;
    const packet = cx.scalar(skb!);
    const start = cx.p.b.add(member(cx, packet, 'data', UINT64), cx.scalar(offset!));
    // What is in pages of its own behind the linear part is not read.
    const linear = cx.p.b.sub(member(cx, packet, 'len', UINT32), member(cx, packet, 'data_len', UINT32));
    const wanted = cx.scalar(length!);
    const { b } = cx.p;
    const bytes = b.choose(
      'lt',
      wanted,
      linear,
      () => wanted,
      () => linear,
    );
    const known = constantNumber(cx.info(length!));
    const size = known !== undefined && known < BigInt(MOST_BYTES) ? Math.max(1, Number(known)) : MOST_BYTES;
    const buffer = readBuffer(cx.p, 'kernel', start, size, bytes);
    cx.send({ kind: 'packet', file: cx.constant(file) as string }, [nanoseconds(cx.p), buffer]);
    return { kind: 'scalar', type: UINT64, value: b.const(0) };
  },
};

function member(cx: Lowering, packet: Instruction, name: string, type: Type): Instruction {
  const place = memberOf(cx.ctypes, name);
  return registerOf(read(cx.p, type, 'kernel', memberAddress(cx.p, packet, place)));
}

function memberOf(types: CTypes, name: string): Member {
  const offset = types.member(SKB, name, 'kernel')?.offset ?? 0;
  return { offset, relocation: { kind: 'field', type: SKB, path: name, what: 'byte-offset', value: offset } };
}
