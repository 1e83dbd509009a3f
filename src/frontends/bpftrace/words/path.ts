// path: the path of a file.

import { deferred } from '../../../compiler/operations/index.ts';
import { stringType, type TypeOf } from '../../../image/index.ts';
import { behindPointers, constantNumber, isUnresolved } from '../check/types.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const path: ExpressionWord = {
  name: 'path',
  kind: 'function',
  signature: 'path(struct path *[, size])',
  doc: 'The full path that a struct path of the kernel stands for; in functions that the kernel allows.',
  args: [1, 2],
  needs: 'path',
  check(cx, use) {
    const type = cx.type(use.args[0]!);
    const target = behindPointers(type);
    if (!isUnresolved(type) && (target.kind !== 'struct' || target.name !== 'struct path')) {
      wrongArgument(cx, use, 0, 'a pointer to struct path', type);
    }
    const [, size] = use.args;
    const known = size && constantNumber(cx.info(size));
    const { maxStrlen } = cx.scope.settings;
    return stringType(known !== undefined && known > 0n && known < BigInt(maxStrlen) ? Number(known) : maxStrlen);
  },
  lower(cx, use) {
    const { value } = cx.address(use.args[0]!);
    const type = cx.type(use.node) as TypeOf<'string'>;
    return deferred(type, (place, clean) => {
      if (clean) cx.zero(place, type.size);
      cx.p.call('d_path', value, cx.p.address(place), type.size);
      return undefined;
    });
  },
};
