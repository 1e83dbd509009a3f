// Arithmetic over packet bytes: every value goes through a word of scratch memory, and the optimiser takes most of them out.

import { CLASSIC_TAX, ClassicMode, ClassicSize } from '../../../isa/index.ts';
import { EtherType } from '../names/tables.ts';
import type { Arithmetic, ArithmeticOperator, Comparison } from '../syntax/ast.ts';
import type { ProtocolWord } from '../syntax/words.ts';
import {
  alu,
  and,
  JEQ,
  JGE,
  JGT,
  LD,
  LD_IMM,
  LD_LEN,
  not,
  type Predicate,
  ST,
  type Statement,
  statement,
  test,
  X,
} from './block.ts';
import { type Context, loadA, loadX, type Place } from './context.ts';
import { carries } from './link-protocol.ts';
import { firstFragment, IpProtocol, protocolWord } from './protocols.ts';

/** Statements that leave a value in a word, and what must hold for the bytes in it to be there. */
export interface Value {
  readonly statements: readonly Statement[];
  readonly word: number;
  readonly guard: Predicate | undefined;
}

const operations: Record<ArithmeticOperator, number> = {
  '+': alu('ADD'),
  '-': alu('SUB'),
  '*': alu('MUL'),
  '/': alu('DIV'),
  '%': alu('MOD'),
  '&': alu('AND'),
  '|': alu('OR'),
  '^': alu('XOR'),
  '<<': alu('LSH'),
  '>>': alu('RSH'),
};

export function value(cx: Context, arithmetic: Arithmetic): Value {
  cx.span = arithmetic.span;
  switch (arithmetic.kind) {
    case 'number':
      return stored(cx, [statement(LD_IMM, arithmetic.value)], undefined);
    case 'length':
      return stored(cx, [statement(LD_LEN)], undefined);
    case 'negate': {
      const operand = value(cx, arithmetic.operand);
      const statements = [...operand.statements, loadA(operand.word), statement(alu('NEG'))];
      cx.give(operand.word);
      return stored(cx, statements, operand.guard);
    }
    case 'binary':
      return binary(cx, arithmetic);
    case 'load':
      return load(cx, arithmetic);
  }
}

function stored(cx: Context, statements: readonly Statement[], guard: Predicate | undefined): Value {
  const word = cx.take();
  return { statements: [...statements, statement(ST, word)], word, guard };
}

function binary(cx: Context, node: Arithmetic & { kind: 'binary' }): Value {
  const left = value(cx, node.left);
  const right = value(cx, node.right);
  cx.span = node.span;
  refuseConstant(cx, node.operator, node.right);
  const compute = [loadX(right.word), loadA(left.word), statement(operations[node.operator] | X)];
  cx.give(left.word);
  cx.give(right.word);
  // As in libpcap, what must hold for the right operand's bytes is not asked: `5 + tcp[0] = 6` reads any packet. A filter
  // means the same here as there.
  return stored(cx, [...left.statements, ...right.statements, ...compute], left.guard);
}

/** What would end the program, or be refused by the kernel, whatever the packet is. */
function refuseConstant(cx: Context, operator: ArithmeticOperator, right: Arithmetic): void {
  if (right.kind !== 'number') return;
  if (operator === '/' && right.value === 0) cx.fail('arithmetic', 'division by zero');
  if (operator === '%' && right.value === 0) cx.fail('arithmetic', 'modulus by zero');
  if ((operator === '<<' || operator === '>>') && right.value > 31) {
    cx.fail('arithmetic', 'shift by more than 31 bits');
  }
}

function both(first: Predicate | undefined, second: Predicate | undefined): Predicate | undefined {
  return first && second ? and(first, second) : (first ?? second);
}

/** `left op right` as a predicate. */
export function relation(cx: Context, comparison: Comparison, left: Arithmetic, right: Arithmetic): Predicate {
  const a = value(cx, left);
  return compareValues(cx, comparison, a, value(cx, right));
}

export function compareValues(cx: Context, comparison: Comparison, a: Value, b: Value): Predicate {
  const operands = [...a.statements, ...b.statements, loadX(b.word), loadA(a.word)];
  cx.give(a.word);
  cx.give(b.word);
  const holds = compareRegisters(operands, comparison);
  const guard = both(a.guard, b.guard);
  return guard ? and(guard, holds) : holds;
}

function compareRegisters(operands: readonly Statement[], comparison: Comparison): Predicate {
  switch (comparison) {
    case '=':
      return test([...operands, statement(alu('SUB') | X)], JEQ, 0);
    case '!=':
      return not(test([...operands, statement(alu('SUB') | X)], JEQ, 0));
    case '>':
      return test(operands, JGT | X);
    case '<=':
      return not(test(operands, JGT | X));
    case '>=':
      return test(operands, JGE | X);
    default:
      return not(test(operands, JGE | X));
  }
}

function load(cx: Context, node: Arithmetic & { kind: 'load' }): Value {
  const index = value(cx, node.index);
  cx.span = node.span;
  const word = cx.take();
  cx.give(index.word);
  const { before, guard, at } = indexed(cx, node.protocol, index);
  const width = node.size === 4 ? ClassicSize.W : node.size === 2 ? ClassicSize.H : ClassicSize.B;
  const statements = [...index.statements, ...before, statement(LD | width | ClassicMode.IND, at), statement(ST, word)];
  return { statements, word, guard };
}

interface Indexed {
  /** Leaves the index, plus the variable part of the header's place, in X. */
  readonly before: readonly Statement[];
  readonly at: number;
  /** The index's own guard included. */
  readonly guard: Predicate | undefined;
}

function indexed(cx: Context, protocol: ProtocolWord, index: Value): Indexed {
  switch (protocol) {
    case 'radio':
      return radio(cx, index);
    case 'link':
      return { before: addIndex(cx.loadVariable(cx.header), index), at: cx.header.constant, guard: index.guard };
    case 'ip':
    case 'arp':
    case 'rarp':
    case 'atalk':
    case 'decnet':
    case 'lat':
    case 'sca':
    case 'moprc':
    case 'mopdl':
    case 'ip6':
      return network(cx, index, () => protocolWord(cx, protocol), 0);
    case 'sctp':
    case 'tcp':
    case 'udp':
    case 'icmp':
    case 'igmp':
    case 'igrp':
    case 'pim':
    case 'vrrp':
    case 'carp':
      return transport(cx, index, protocol);
    case 'icmp6':
      return network(cx, index, () => icmp6(cx), 40);
    default:
      return cx.fail('index', 'unsupported index operation');
  }
}

function network(cx: Context, index: Value, guard: () => Predicate, extra: number): Indexed {
  const payload: Place = cx.needPayload();
  const before = addIndex(cx.loadVariable(payload), index);
  return { before, at: payload.constant + cx.network + extra, guard: both(index.guard, guard()) };
}

function icmp6(cx: Context): Predicate {
  return and(carries(cx, EtherType.IPV6), cx.compare('network', 6, 1, IpProtocol.ICMP6));
}

/** IPv4 only: in IPv6 the transport header has no place that a filter could compute without a loop. */
function transport(cx: Context, index: Value, protocol: ProtocolWord): Indexed {
  const before = [...cx.loadHeaderLength(), loadA(index.word), statement(alu('ADD') | X), statement(CLASSIC_TAX)];
  const isIp = protocolWord(cx, 'ip');
  const guard = and(both(isIp, index.guard)!, protocolWord(cx, protocol), firstFragment(cx));
  return { before, at: cx.needPayload().constant + cx.network, guard };
}

const RADIO_LINKS = new Set(['IEEE802_11_RADIO', 'IEEE802_11_RADIO_AVS', 'PRISM_HEADER']);

function radio(cx: Context, index: Value): Indexed {
  if (!RADIO_LINKS.has(cx.link.name)) cx.fail('radio', 'radio information not present in capture');
  return { before: [loadX(index.word)], at: 0, guard: index.guard };
}

function addIndex(variable: readonly Statement[], index: Value): readonly Statement[] {
  if (variable.length === 0) return [loadX(index.word)];
  return [...variable, loadA(index.word), statement(alu('ADD') | X), statement(CLASSIC_TAX)];
}
