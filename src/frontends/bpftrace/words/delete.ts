// delete: a key of a map.

import { deleteKey, scalar } from '../../../compiler/operations/index.ts';
import { BOOL } from '../../../image/index.ts';
import type { MapExpression } from '../ast.ts';
import type { ExpressionWord } from './word.ts';

export const deleteWord: ExpressionWord = {
  name: 'delete',
  kind: 'function',
  signature: 'delete(@map, key)',
  doc: 'Deletes a key of a map, or the value of a scalar map. True when the key was there.',
  args: [1, 2],
  check(cx, use) {
    const [node, key] = use.args;
    if (node?.kind !== 'map') {
      cx.error('map-argument', 'delete() expects a map to be provided', node!.span);
      return BOOL;
    }
    if (key && node.key !== undefined) {
      cx.error('map-argument', 'delete() expects a map without a key, and one key', use.span).hint(
        `write delete(${node.name}, key) for each key`,
      );
    } else if (key) {
      const map = cx.mapOf(node);
      if (map?.shape === 'scalar') {
        cx.error('keyed-map', 'call to delete() expects a map with explicit keys (non-scalar map)', node.span);
      } else if (map && key.kind !== 'type-argument') cx.useKey(map, key, use.span);
    } else {
      cx.useMap(node);
      cx.mapOf(node);
    }
    return BOOL;
  },
  lower(cx, use) {
    const [node, key] = use.args;
    const map = cx.map(node!);
    return scalar(BOOL, deleteKey(cx.p, map, key ? cx.operand(key) : cx.key(node as MapExpression)));
  },
};
