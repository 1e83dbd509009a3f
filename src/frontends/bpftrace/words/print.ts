// print: a value, or a whole map.

import { printMap, printValue } from '../../../compiler/operations/index.ts';
import { VOID } from '../../../image/index.ts';
import type { MapExpression } from '../ast.ts';
import type { CheckContext, WordUse } from '../check/context.ts';
import { isUnresolved, nameOf } from '../check/types.ts';
import { literalNumber, mapArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const print: ExpressionWord = {
  name: 'print',
  kind: 'function',
  signature: 'print(value) or print(@map[, top[, div]])',
  doc: 'Prints a value and a newline, or a map: its top largest values, divided by div.',
  args: [1, 3],
  check(cx, use) {
    if (isWholeMap(use)) checkMap(cx, use);
    else checkValue(cx, use);
    return VOID;
  },
  lower(cx, use) {
    const [value, top, div] = use.args;
    if (isWholeMap(use)) printMap(cx.p, cx.map(value!), top && cx.scalar(top), div && cx.scalar(div));
    else printValue(cx.p, cx.value(value!));
    return undefined;
  },
};

function isWholeMap(use: WordUse): boolean {
  const [node] = use.args;
  return node?.kind === 'map' && node.key === undefined;
}

function checkMap(cx: CheckContext, use: WordUse): void {
  const map = mapArgument(cx, use);
  if (!map) return;
  map.read = true;
  for (let at = 1; at < use.args.length; at++) {
    const number = literalNumber(cx, use, at);
    if (number !== undefined && number < 0n) {
      cx.error('print-argument', 'print() top and div must not be negative', use.args[at]!.span);
    }
  }
}

function checkValue(cx: CheckContext, use: WordUse): void {
  const [node] = use.args;
  if (use.args.length > 1) {
    const what = node!.kind === 'map' ? 'a single value' : 'a value that is not a map';
    cx.error('print-argument', `print() takes no further arguments with ${what}`, use.span);
    return;
  }
  if (node!.kind === 'map' && isHistogram(cx, node as MapExpression)) return;
  const type = cx.type(node!);
  if (!isUnresolved(type) && type.kind === 'void') {
    cx.error('print-void', `Invalid argument: print() cannot print a value of type '${nameOf(type)}'`, node!.span);
  }
}

/** A single value of a histogram exists only for user space, which joins its buckets. */
function isHistogram(cx: CheckContext, node: MapExpression): boolean {
  const map = cx.useMap(node);
  map.read = true;
  const kind = map.aggregation?.kind;
  if (kind !== 'hist' && kind !== 'lhist' && kind !== 'tseries' && kind !== 'stats') return false;
  cx.error('print-aggregation', `print() cannot print a single value of ${kind}()`, node.span).hint(
    `print the whole map with print(${node.name})`,
  );
  return true;
}
