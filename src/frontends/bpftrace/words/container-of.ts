// container_of: the struct around a member.

import { nearest } from '../../../base/text.ts';
import { scalar } from '../../../compiler/operations/index.ts';
import { type AddressSpace, pointerType } from '../../../image/index.ts';
import type { CheckContext, WordUse } from '../check/context.ts';
import type { CMember, CTypes } from '../check/ctypes.ts';
import { isUnresolved, nameOf, UNRESOLVED } from '../check/types.ts';
import type { ExpressionWord } from './word.ts';

export const containerOf: ExpressionWord = {
  name: 'container_of',
  kind: 'function',
  signature: 'container_of(pointer, struct type, member)',
  doc: 'Pointer to the struct of a type, from a pointer to one of its members.',
  args: [3, 3],
  check(cx, use) {
    const pointer = cx.type(use.args[0]!);
    const struct = cx.type(use.args[1]!);
    if (isUnresolved(struct) || isUnresolved(pointer)) return UNRESOLVED;
    if (struct.kind !== 'struct') {
      cx.error(
        'argument-type',
        `container_of() expects a struct as argument 2, not '${nameOf(struct)}'`,
        use.args[1]!.span,
      );
      return UNRESOLVED;
    }
    const space: AddressSpace = pointer.kind === 'pointer' ? pointer.space : cx.space;
    if (!memberOf(cx.ctypes, struct.name, use)) unknownMember(cx, struct.name, use);
    return pointerType(struct, space);
  },
  lower(cx, use) {
    const type = cx.type(use.node);
    const struct = type.kind === 'pointer' && type.to.kind === 'struct' ? type.to.name : '';
    const { offset, relocatable } = memberOf(cx.ctypes, struct, use)!;
    const { b } = cx.p;
    const distance = relocatable
      ? b.relocated(
          { kind: 'field', type: struct, path: nameOfMember(use), what: 'byte-offset', value: offset },
          offset,
        )
      : b.const(offset);
    return scalar(type, b.sub(cx.scalar(use.args[0]!), distance));
  },
};

function nameOfMember(use: WordUse): string {
  const node = use.args[2]!;
  return node.kind === 'identifier' ? node.name : '';
}

function memberOf(types: CTypes, struct: string, use: WordUse): CMember | undefined {
  return types.member(struct, nameOfMember(use), 'kernel');
}

function unknownMember(cx: CheckContext, struct: string, use: WordUse): void {
  const name = nameOfMember(use);
  const report = cx.error('unknown-member', `Record does not contain a field named '${name}'`, use.args[2]!.span);
  const meant = nearest(name, cx.ctypes.memberNames(struct) ?? []);
  if (meant) report.hint(`did you mean '${meant}'?`);
}
