// Primitives of particular links: the PF firewall's log, ATM, SS7.

import { utf8Bytes } from '../../../base/bytes.ts';
import { nearest } from '../../../base/text.ts';
import type { Comparison, FieldTest } from '../syntax/ast.ts';
import type { AtmMessage, AtmType, PfField, Ss7Unit, ValueField } from '../syntax/words.ts';
import { and, JEQ, JGE, JGT, not, or, type Predicate } from './block.ts';
import { type Context, moved } from './context.ts';
import { ETHERNET } from './link-types.ts';
import { compareBytes } from './sides.ts';

const reasons = [
  'match',
  'bad-offset',
  'fragment',
  'short',
  'normalize',
  'memory',
  'bad-timestamp',
  'congestion',
  'ip-option',
  'proto-cksum',
  'state-mismatch',
  'state-insert',
  'state-limit',
  'src-limit',
  'synproxy',
];
const actions: Readonly<Record<string, number>> = {
  pass: 0,
  accept: 0,
  drop: 1,
  block: 1,
  scrub: 2,
  noscrub: 3,
  nat: 4,
  nonat: 5,
  binat: 6,
  nobinat: 7,
  rdr: 8,
  nordr: 9,
  'synproxy-drop': 10,
};
/** What the words are called in errors. */
const pfNames: Record<PfField, string> = {
  ifname: 'ifname',
  ruleset: 'ruleset',
  rulenum: 'rnr',
  subrulenum: 'srnr',
  reason: 'reason',
  action: 'action',
};

/** The header of pflog(4): length, family, action, reason, interface (16), ruleset (16), rule, subrule. */
export function pfTest(cx: Context, field: PfField, value: string | number): Predicate {
  const known = numberOf(cx, field, value);
  if (cx.link.family !== 'pflog') cx.fail('pf', `${pfNames[field]} supported only on PF linktype`);
  switch (field) {
    case 'ifname':
      return text(cx, 4, String(value), 15, 'ifname');
    case 'ruleset':
      return text(cx, 20, String(value), 15, 'ruleset names');
    case 'rulenum':
      return cx.compare('link', 36, 4, known);
    case 'subrulenum':
      return cx.compare('link', 40, 4, known);
    case 'reason':
      return cx.compare('link', 3, 1, known);
    case 'action':
      return cx.compare('link', 2, 1, known);
  }
}

function numberOf(cx: Context, field: PfField, value: string | number): number {
  if (typeof value === 'number' || (field !== 'reason' && field !== 'action')) return Number(value);
  const key = value.toLowerCase();
  const found = field === 'reason' ? reasons.indexOf(key) : Object.hasOwn(actions, key) ? actions[key]! : -1;
  if (found >= 0) return found;
  const near = nearest(key, field === 'reason' ? reasons : Object.keys(actions));
  return cx.fail('pf', `unknown PF ${field} "${value}"`, ...(near ? [`Did you mean ${near}?`] : []));
}

function text(cx: Context, offset: number, value: string, limit: number, what: string): Predicate {
  const bytes = utf8Bytes(value);
  if (bytes.length > limit) cx.fail('pf', `${what} can only be ${limit}-bytes long`);
  return compareBytes(cx, 'link', offset, bytes);
}

const circuits: Partial<Record<AtmType, number>> = { metac: 1, bcc: 2, oamf4sc: 3, oamf4ec: 4, sc: 5, ilmic: 16 };
/** Types of the messages that set up and release connections: Q.2931. */
const messages = {
  setup: 0x05,
  callProceeding: 0x02,
  connect: 0x07,
  connectAck: 0x0f,
  release: 0x4d,
  releaseDone: 0x5a,
};

/** Words about raw ATM; `lane` enters the Ethernet frame of LAN emulation. */
export function atmTest(cx: Context, what: AtmType | AtmMessage): Predicate {
  if (cx.link.family !== 'sunatm') cx.fail('atm', `'${what}' supported only on raw ATM`);
  if (what === 'lane') return enterLane(cx);
  if (what === 'connectmsg' || what === 'metaconnect') return connection(cx, what);
  const circuit = circuits[what];
  if (circuit !== undefined) return and(vpi(cx, 0), vci(cx, circuit));
  return and(vpi(cx, 0), or(vci(cx, 3), vci(cx, 4)));
}

function vpi(cx: Context, value: number): Predicate {
  return cx.compare('link', 1, 1, value);
}

function vci(cx: Context, value: number): Predicate {
  return cx.compare('link', 2, 2, value);
}

function connection(cx: Context, what: AtmMessage): Predicate {
  const { setup, callProceeding, connect, connectAck, release, releaseDone } = messages;
  const types =
    what === 'connectmsg'
      ? [releaseDone, release, connectAck, connect, setup, callProceeding]
      : [releaseDone, release, connect, setup, callProceeding];
  const tests = types.map((type) => cx.compare('link', 9, 1, type));
  return and(vpi(cx, 0), vci(cx, what === 'connectmsg' ? 5 : 1), or(tests[0]!, ...tests.slice(1)));
}

function enterLane(cx: Context): Predicate {
  const isLane = cx.compare('link', 0, 1, 1, 0x0f);
  cx.outerHeader = cx.header;
  // Behind the pseudo-header of four bytes and the client identifier of two.
  cx.header = moved(cx.header, 6);
  cx.link = ETHERNET;
  cx.protocol = moved(cx.header, 12);
  cx.payload = moved(cx.header, 14);
  cx.network = 0;
  cx.networkNoSnap = 3;
  return isLane;
}

const mtp2Start: Readonly<Record<string, number>> = { MTP2: 0, MTP2_WITH_PHDR: 4 };

/** Kinds of SS7 signal unit, by the length indicator: none, one or two bytes, more; `h...` on high-speed links. */
export function ss7Test(cx: Context, unit: Ss7Unit): Predicate {
  const start = mtp2Start[cx.link.name];
  const fast = unit.startsWith('h');
  if (start === undefined) cx.fail('ss7', `'${unit}' supported only on MTP2${fast ? '_HSL' : ''}`);
  const length = (code: number, value: number): Predicate =>
    fast
      ? cx.compare('packet', start + 4, 2, value << 7, 0xff80, code)
      : cx.compare('packet', start + 2, 1, value, 0x3f, code);
  if (unit.endsWith('fisu')) return length(JEQ, 0);
  if (unit.endsWith('lssu')) return and(length(JGT, 0), not(length(JGT, 2)));
  return length(JGT, 2);
}

/** Codes for the comparisons: the opcode, and whether its answer is turned round. */
const comparisons: Record<Comparison, readonly [number, boolean]> = {
  '=': [JEQ, false],
  '!=': [JEQ, true],
  '>': [JGT, false],
  '>=': [JGE, false],
  '<': [JGE, true],
  '<=': [JGT, true],
};

interface Ss7Field {
  readonly at: number;
  readonly size: 1 | 4;
  readonly mask: number;
  readonly max: number;
  place(value: number): number;
}

/** Fields of MTP3, little-endian in the packet while loads are big-endian: Q.704, 14-bit point codes. */
const ss7Fields: Record<string, Ss7Field> = {
  sio: { at: 3, size: 1, mask: 0xffffffff, max: 255, place: (value) => value },
  opc: {
    at: 4,
    size: 4,
    mask: 0x00c0ff0f,
    max: 16383,
    place: (value) => ((value & 0x3c00) >>> 10) | ((value & 0x03fc) << 6) | ((value & 0x0003) << 22),
  },
  dpc: {
    at: 4,
    size: 4,
    mask: 0xff3f0000,
    max: 16383,
    place: (value) => (((value & 0xff) << 24) | ((value & 0x3f00) << 8)) >>> 0,
  },
  sls: { at: 7, size: 1, mask: 0xf0, max: 15, place: (value) => value << 4 },
};
/** On high-speed links the header is three bytes longer. */
const HIGH_SPEED = 3;

/** `vpi 5`, `opc (1 or 2)`. */
export function fieldTest(cx: Context, field: ValueField, tests: readonly FieldTest[]): Predicate {
  const made = tests.map((one) =>
    field === 'vpi' || field === 'vci' ? atmField(cx, field, one) : ss7Field(cx, field, one),
  );
  return or(made[0]!, ...made.slice(1));
}

function atmField(cx: Context, field: 'vpi' | 'vci', { comparison, value }: FieldTest): Predicate {
  if (cx.link.family !== 'sunatm') cx.fail('atm', `'${field}' supported only on raw ATM`);
  const [code, turned] = comparisons[comparison];
  const tested = cx.compare('link', field === 'vpi' ? 1 : 2, field === 'vpi' ? 1 : 2, value, 0xffffffff, code);
  return turned ? not(tested) : tested;
}

function ss7Field(cx: Context, field: ValueField, { comparison, value }: FieldTest): Predicate {
  const fast = field.startsWith('h');
  const name = fast ? field.slice(1) : field;
  const start = mtp2Start[cx.link.name];
  if (start === undefined) cx.fail('ss7', `'${name}' supported only on SS7`);
  const { at, size, mask, max, place } = ss7Fields[name]!;
  if (value > max) cx.fail('ss7', `${name} value ${value} too big; max value = ${max}`);
  const [code, turned] = comparisons[comparison];
  const tested = cx.compare('packet', start + at + (fast ? HIGH_SPEED : 0), size, place(value), mask, code);
  return turned ? not(tested) : tested;
}
