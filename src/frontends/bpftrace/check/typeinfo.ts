// Operands that are types or values: those of sizeof, offsetof and typeinfo.

import { type Type, UINT64 } from '../../../image/index.ts';
import type { Expression, ExpressionOf, TypeExpression } from '../ast.ts';
import { isTypeExpression, resolveType } from './casts.ts';
import { stringInfo } from './constants.ts';
import type { ProgramChecker } from './program.ts';
import { isInteger, nameOf, type TypeInfo, UNRESOLVED_INFO } from './types.ts';

/** The type that an operand of sizeof and the like names or has. A name alone may be either; a value comes first. */
export function operandType(checker: ProgramChecker, operand: Expression | TypeExpression): Type | undefined {
  if (isTypeExpression(operand)) return resolveType(checker, operand);
  if (operand.kind === 'identifier' && !checker.knowsValue(operand.name)) {
    return resolveType(checker, { kind: 'type-name', span: operand.span, name: operand.name, modifiers: [] });
  }
  return checker.type(operand);
}

/** `typeinfo(x).member`. */
export function typeinfoMember(
  checker: ProgramChecker,
  node: ExpressionOf<'typeinfo'>,
  member: string,
): TypeInfo | undefined {
  const type = operandType(checker, node.operand);
  if (!type) return UNRESOLVED_INFO;
  const text = nameOf(type);
  switch (member) {
    case 'full_type':
      return stringInfo(text);
    case 'base_type':
      return stringInfo(isInteger(type) || type.kind === 'string' ? text.replace(/\[.*/, '') : type.kind);
    case 'btf_id':
      return { type: UINT64, constant: BigInt(checker.ctypes.btf?.idOf(text) ?? 0) };
    default:
      return undefined;
  }
}
