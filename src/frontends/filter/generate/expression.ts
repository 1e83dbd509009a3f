// Walks over an expression from left to right (words to the left move the headers for those to the right) and makes the
// graph of its blocks.

import { EtherType } from '../names/tables.ts';
import type { Expression } from '../syntax/ast.ts';
import { broadcast, multicast } from './addresses.ts';
import { relation } from './arithmetic.ts';
import { and, not, or, type Predicate } from './block.ts';
import type { Context } from './context.ts';
import { encapsulation } from './encapsulation.ts';
import { primitive } from './identifiers.ts';
import { carries } from './link-protocol.ts';
import { byteTest, direction, interfaceTest, llcTest, sizeTest } from './others.ts';
import { protocolWord } from './protocols.ts';
import { atmTest, fieldTest, pfTest, ss7Test } from './special.ts';
import { wlanDirection, wlanType } from './wlan.ts';

export function generate(cx: Context, expression: Expression): Predicate {
  // `a or b or c ...` leans to the left, and may be long.
  const chain: (Expression & { readonly kind: 'and' | 'or' })[] = [];
  let leftmost = expression;
  for (; leftmost.kind === 'and' || leftmost.kind === 'or'; leftmost = leftmost.left) chain.push(leftmost);
  let joined = simple(cx, leftmost);
  for (const { kind, right } of chain.reverse()) {
    const next = generate(cx, right);
    joined = kind === 'and' ? and(joined, next) : or(joined, next);
  }
  return joined;
}

function simple(cx: Context, expression: Expression): Predicate {
  if (expression.kind === 'not') return not(generate(cx, expression.operand));
  cx.span = expression.span;
  return single(cx, expression as Single);
}

type Single = Expression extends infer E ? (E extends { readonly kind: 'and' | 'or' | 'not' } ? never : E) : never;

function single(cx: Context, expression: Single): Predicate {
  switch (expression.kind) {
    case 'primitive':
      return primitive(cx, expression);
    case 'protocol':
      return protocolWord(cx, expression.protocol);
    case 'relation':
      return relation(cx, expression.comparison, expression.left, expression.right);
    case 'less':
    case 'greater':
      return sizeTest(expression.kind, expression.length);
    case 'byte':
      return byteTest(cx, expression.index, expression.operator, expression.value);
    case 'broadcast':
      return broadcast(cx, expression.protocol);
    case 'multicast':
      return multicast(cx, expression.protocol);
    case 'inbound':
    case 'outbound':
      return direction(cx, expression.kind === 'inbound');
    case 'pppoed':
      return carries(cx, EtherType.PPPOED);
    case 'ifindex':
      return interfaceTest(cx, expression.index);
    case 'encapsulation':
      return encapsulation(cx, expression.header, expression.tag);
    case 'llc':
      return llcTest(cx, expression.name);
    case 'wlan-type':
      return wlanType(cx, expression.type, expression.subtype);
    case 'wlan-direction':
      return wlanDirection(cx, expression.direction);
    case 'pf':
      return pfTest(cx, expression.field, expression.value);
    case 'atm':
      return atmTest(cx, expression.what);
    case 'ss7':
      return ss7Test(cx, expression.unit);
    case 'field':
      return fieldTest(cx, expression.field, expression.tests);
  }
}
