// Operands that are types or values: those of sizeof, offsetof and typeinfo.

import { recordType, type Type, UINT64 } from '../../../image/index.ts';
import type { Expression, ExpressionOf, TypeExpression } from '../ast.ts';
import { isTypeExpression, resolveType } from './casts.ts';
import { stringInfo } from './constants.ts';
import type { ProgramChecker } from './program.ts';
import { isUnresolved, nameOf, type TypeInfo, UNRESOLVED_INFO } from './types.ts';

/** The type that an operand of sizeof and the like names or has. A name alone may be either; a value comes first. */
export function operandType(checker: ProgramChecker, operand: Expression | TypeExpression): Type | undefined {
  if (isTypeExpression(operand)) return resolveType(checker, operand);
  if (operand.kind === 'identifier' && !checker.knowsValue(operand.name)) {
    return resolveType(checker, { kind: 'type-name', span: operand.span, name: operand.name, modifiers: [] });
  }
  return checker.type(operand);
}

const MEMBERS = ['btf_id', 'base_type', 'full_type'] as const;
const members = new WeakMap<ExpressionOf<'typeinfo'>, readonly ExpressionOf<'member'>[]>();

/** The members of a `typeinfo(x)` as expressions, the same ones each time. */
export function typeinfoMembers(node: ExpressionOf<'typeinfo'>): readonly ExpressionOf<'member'>[] {
  let made = members.get(node);
  if (!made) {
    const { span } = node;
    made = MEMBERS.map(
      (member) => ({ kind: 'member', span, operand: node, member, memberSpan: span, arrow: false }) as const,
    );
    members.set(node, made);
  }
  return made;
}

/** `typeinfo(x)` as a record. */
export function checkTypeinfo(checker: ProgramChecker, node: ExpressionOf<'typeinfo'>): TypeInfo {
  const types = typeinfoMembers(node).map((member) => ({ name: member.member, type: checker.type(member) }));
  return types.some(({ type }) => isUnresolved(type)) ? UNRESOLVED_INFO : { type: recordType('', types) };
}

/** `typeinfo(x).member`. */
export function typeinfoMember(
  checker: ProgramChecker,
  node: ExpressionOf<'typeinfo'>,
  member: string,
): TypeInfo | undefined {
  checker.useUnstable('typeinfo', node.span);
  const type = operandType(checker, node.operand);
  if (!type) return UNRESOLVED_INFO;
  const text = nameOf(type);
  switch (member) {
    case 'full_type':
      return stringInfo(text);
    case 'base_type':
      return stringInfo(type.kind);
    case 'btf_id':
      return { type: UINT64, constant: BigInt(checker.ctypes.btf?.idOf(text) ?? 0) };
    default:
      return undefined;
  }
}
