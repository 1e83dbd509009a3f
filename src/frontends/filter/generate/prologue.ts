// Statements in front of everything for links whose headers vary in length: they leave the lengths in scratch memory.
// They jump among themselves, so a program that has them is not optimised.

import { ClassicMode, ClassicSize, CLASSIC_TAX as TAX, CLASSIC_TXA as TXA } from '../../../isa/index.ts';
import {
  alu,
  and,
  JA,
  JEQ,
  JSET,
  LD,
  LD_IMM,
  LDX_IMM,
  label,
  type Predicate,
  ST,
  type Statement,
  statement,
  test,
  X,
} from './block.ts';
import type { Context } from './context.ts';
import { loadA } from './context.ts';

const LDB = LD | ClassicSize.B | ClassicMode.ABS;
const LDW = LD | ClassicMode.ABS;
const LDB_X = LD | ClassicSize.B | ClassicMode.IND;

/** Puts what the offsets in use need in front of the program. */
export function withPrologue(cx: Context, predicate: Predicate): Predicate {
  const statements = prologue(cx);
  predicate.head.statements.unshift(...statements);
  if (cx.outermost.name !== 'PPI') return predicate;
  // A PPI header carries a link type of its own; only 802.11 can follow. It is little-endian.
  return and(test([statement(LDW, 4)], JEQ, 0x69000000), predicate);
}

function prologue(cx: Context): Statement[] {
  const statements: Statement[] = [];
  const payload = cx.initialPayload.variable;
  if (payload?.word !== undefined && cx.prefix) cx.wordOf(cx.prefix);
  if (cx.prefix?.word !== undefined) statements.push(...prefixLength(cx.outermost.name, cx.prefix.word));
  if (payload?.word === undefined) return statements;
  if (cx.outermost.family === 'pflog') return [...pflogLength(payload.word)];
  cx.optimisable = false;
  if (!cx.prefix) statements.push(statement(LDX_IMM, 0));
  return [...statements, ...wlanLength(payload.word, cx.outermost.name === 'IEEE802_11_RADIO')];
}

/** Leaves the length of what stands before the 802.11 header in the word and in X. */
function prefixLength(name: string, word: number): Statement[] {
  const store = statement(ST, word);
  const end = [store, statement(TAX)];
  if (name === 'IEEE802_11_RADIO_AVS') return [statement(LDW, 4), ...end];
  if (name !== 'PRISM_HEADER') {
    // Radiotap and PPI: 16 bits, little-endian.
    return [
      statement(LDB, 3),
      statement(alu('LSH'), 8),
      statement(TAX),
      statement(LDB, 2),
      statement(alu('OR') | X),
      ...end,
    ];
  }
  // A Prism header, or an AVS header in its place, which begins with a magic number and has its length.
  const avs = statement(LDW, 4);
  const prism = statement(LD_IMM, 144);
  return [
    statement(LDW, 0),
    statement(alu('AND'), 0xfffff000),
    { ...statement(JEQ, 0x80211000), jt: avs, jf: prism },
    avs,
    { ...statement(JA), jt: store },
    prism,
    ...end,
  ];
}

/** Leaves the offset behind the 802.11 header in the word; X is where that header begins. */
function wlanLength(word: number, radiotap: boolean): Statement[] {
  const end = label();
  const afterQos = radiotap ? statement(LDW, 4) : end;
  const control = statement(JSET, 0x04);
  const qos = statement(JSET, 0x80);
  const grow = loadA(word);
  return [
    statement(TXA),
    statement(alu('ADD'), 24),
    statement(ST, word),
    statement(LDB_X, 0),
    // Only data frames have a payload that a filter looks into; QoS data has two bytes more.
    { ...statement(JSET, 0x08), jt: control, jf: end },
    Object.assign(control, { jt: end, jf: qos }),
    Object.assign(qos, { jt: grow, jf: afterQos }),
    grow,
    statement(alu('ADD'), 2),
    statement(ST, word),
    ...(radiotap ? radiotapPadding(word, afterQos, end) : []),
    end,
  ];
}

/** Radiotap says whether the 802.11 header is padded to four bytes: a flag, behind a timestamp if there is one. */
function radiotapPadding(word: number, present: Statement, end: Statement): Statement[] {
  const hasFlags = statement(JSET, 0x02000000);
  const extended = statement(JSET, 0x00000080);
  const timestamp = statement(JSET, 0x01000000);
  const late = statement(LDB, 16);
  const early = statement(LDB, 8);
  const pad = loadA(word);
  return [
    present,
    Object.assign(hasFlags, { jt: extended, jf: end }),
    Object.assign(extended, { jt: end, jf: timestamp }),
    Object.assign(timestamp, { jt: late, jf: early }),
    late,
    { ...statement(JSET, 0x20), jt: pad, jf: end },
    early,
    { ...statement(JSET, 0x20), jt: pad, jf: end },
    pad,
    statement(alu('ADD'), 3),
    statement(alu('AND'), 0xfffffffc),
    statement(ST, word),
  ];
}

/** The log header's first byte is its length without padding. */
function pflogLength(word: number): Statement[] {
  return [
    statement(LDB, 0),
    statement(alu('ADD'), 3),
    statement(alu('AND'), 0xfffffffc),
    statement(ST, word),
    statement(TAX),
  ];
}
