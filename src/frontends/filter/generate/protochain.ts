// `protochain`: the protocol or one that its extension headers lead to. It is a loop over the headers, so the program jumps
// backwards: the interpreter runs it, the kernel refuses it.

import { CLASSIC_TAX, CLASSIC_TXA, ClassicMode, ClassicSize } from '../../../isa/index.ts';
import { EtherType } from '../names/tables.ts';
import {
  alu,
  and,
  JA,
  JEQ,
  LD,
  LDX_IMM,
  LDX_MSH,
  label,
  or,
  type Predicate,
  ST,
  type Statement,
  statement,
  test,
  X,
} from './block.ts';
import { type Context, loadA } from './context.ts';
import { carries } from './link-protocol.ts';
import { IpProtocol, type ProtocolFamily } from './protocols.ts';

const LDB_ABS = LD | ClassicSize.B | ClassicMode.ABS;
const LDB_IND = LD | ClassicSize.B | ClassicMode.IND;
const NO_NEXT_HEADER = 59;
/** Extension headers whose second byte is their length in eight bytes after the first eight. */
const EXTENSIONS = [0, 60, 43, IpProtocol.IPV6_FRAGMENT] as const;

export function protocolChain(cx: Context, family: ProtocolFamily, number: number): Predicate {
  if (family === 'default') {
    const word = cx.take();
    const chains = or(chain(cx, 'ip', number), chain(cx, 'ip6', number));
    cx.give(word);
    return chains;
  }
  if (family !== 'ip' && family !== 'ip6') cx.fail('protochain', "bad protocol applied for 'protochain'");
  return chain(cx, family, number);
}

function chain(cx: Context, family: 'ip' | 'ip6', number: number): Predicate {
  if (cx.link.family === 'wlan') cx.fail('protochain', "'protochain' not supported with 802.11");
  cx.optimisable = false;
  const word = cx.take();
  const payload = cx.needPayload();
  if (payload.variable) cx.fail('protochain', "'protochain' not supported with variable length headers");
  const at = payload.constant + cx.network;
  const next =
    family === 'ip'
      ? [statement(LDB_ABS, at + 9), statement(LDX_MSH, at)]
      : [statement(LDB_ABS, at + 6), statement(LDX_IMM, 40)];
  const again = label();
  const end = statement(alu('ADD'), 0);
  const notExtension = label();
  const body = [
    again,
    ...branch(number, end),
    ...branch(NO_NEXT_HEADER, end),
    ...(family === 'ip6' ? extensions(at, word, again, notExtension) : [statement(alu('ADD'), 0)]),
    notExtension,
    ...authentication(at, word, again, end),
  ];
  cx.give(word);
  const reached = test([...next, ...body, end], JEQ, number);
  return and(carries(cx, family === 'ip' ? EtherType.IP : EtherType.IPV6), reached);
}

/** To `target` when A is the number, else on. */
function branch(number: number, target: Statement): Statement[] {
  const on = label();
  return [{ ...statement(JEQ, number), jt: target, jf: on }, on];
}

/** Skips an IPv6 extension header: A becomes the next header, X moves behind this one. */
function extensions(at: number, word: number, again: Statement, otherwise: Statement): Statement[] {
  const skip = label();
  const tests = EXTENSIONS.flatMap((number, index) => {
    const on = label();
    const last = index === EXTENSIONS.length - 1;
    return [{ ...statement(JEQ, number), jt: skip, jf: last ? otherwise : on }, on];
  });
  return [
    ...tests,
    skip,
    statement(LDB_IND, at),
    statement(ST, word),
    statement(LDB_IND, at + 1),
    statement(alu('ADD'), 1),
    statement(alu('MUL'), 8),
    statement(alu('ADD') | X),
    statement(CLASSIC_TAX),
    loadA(word),
    { ...statement(JA), jt: again },
  ];
}

/** Skips an authentication header, whose length counts four bytes. */
function authentication(at: number, word: number, again: Statement, otherwise: Statement): Statement[] {
  const skip = label();
  return [
    { ...statement(JEQ, IpProtocol.AH), jt: skip, jf: otherwise },
    skip,
    statement(CLASSIC_TXA),
    statement(LDB_IND, at),
    statement(ST, word),
    statement(CLASSIC_TXA),
    statement(alu('ADD'), 1),
    statement(CLASSIC_TAX),
    statement(LDB_IND, at),
    statement(alu('ADD'), 2),
    statement(alu('MUL'), 4),
    statement(CLASSIC_TAX),
    loadA(word),
    { ...statement(JA), jt: again },
  ];
}
