// has_key, find and len: looking into maps.

import { findKey, hasKey as hasKeyOperation, mapLength, scalar } from '../../../compiler/operations/index.ts';
import { BOOL, UINT64 } from '../../../image/index.ts';
import type { Expression, VariableExpression } from '../ast.ts';
import { keyedMapArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const hasKey: ExpressionWord = {
  name: 'has_key',
  kind: 'function',
  signature: 'has_key(@map, key)',
  doc: 'Whether a map has a key.',
  args: [2, 2],
  check(cx, use) {
    const map = keyedMapArgument(cx, use);
    if (map) cx.useKey(map, use.args[1] as Expression, use.span);
    return BOOL;
  },
  lower: (cx, use) => scalar(BOOL, hasKeyOperation(cx.p, cx.map(use.args[0]!), cx.operand(use.args[1]!))),
};

export const find: ExpressionWord = {
  name: 'find',
  kind: 'function',
  signature: 'find(@map, key, $value)',
  doc: 'Whether a map has a key; its value is copied to the variable when it has.',
  args: [3, 3],
  check(cx, use) {
    const map = keyedMapArgument(cx, use);
    if (map) cx.useKey(map, use.args[1] as Expression, use.span);
    const target = use.args[2]!;
    if (target.kind !== 'variable') cx.error('find-target', 'find() expects a variable as argument 3', target.span);
    else if (map) cx.assign(target, { type: map.value.type }, use.span);
    return BOOL;
  },
  lower(cx, use) {
    const [map, key, target] = use.args;
    return scalar(
      BOOL,
      findKey(cx.p, cx.map(map!), cx.operand(key!), (value) => cx.assign(target as VariableExpression, value)),
    );
  },
};

export const len: ExpressionWord = {
  name: 'len',
  kind: 'function',
  signature: 'len(@map) or len(stack)',
  doc: 'How many keys a map has, or how many frames a stack.',
  kernel: '5.13',
  args: [1, 1],
  check(cx, use) {
    const [node] = use.args;
    if (node?.kind === 'map' && node.key === undefined) {
      keyedMapArgument(cx, use);
      return UINT64;
    }
    const type = cx.type(node!);
    if (type.kind !== 'kstack' && type.kind !== 'ustack' && type.kind !== 'void') {
      cx.error('len-argument', 'len() expects a map or a stack to be provided', node!.span);
    }
    return UINT64;
  },
  lower(cx, use) {
    const [node] = use.args;
    if (node?.kind === 'map' && node.key === undefined) return scalar(UINT64, mapLength(cx.p, cx.map(node)));
    return scalar(UINT64, cx.firstWord(node!, cx.type(node!).kind === 'kstack' ? 8 : 4));
  },
};
