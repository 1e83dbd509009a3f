// Types as they are written, and casts.

import { nearest } from '../../../base/text.ts';
import { arrayType, pointerType, sizeOf, stringType, type Type } from '../../../image/index.ts';
import type { Expression, ExpressionOf, TypeExpression } from '../ast.ts';
import { PLAIN } from './plain.ts';
import type { ProgramChecker } from './program.ts';
import {
  castable,
  constantNumber,
  isInteger,
  isUnresolved,
  nameOf,
  type TypeInfo,
  UNRESOLVED_INFO,
  wrap,
} from './types.ts';

/** Lengths that a cast finds out by itself are this until then. */
const OPEN_LENGTH = -1;

/** What a written type means; undefined and a message when nothing is called so. */
export function resolveType(checker: ProgramChecker, written: TypeExpression): Type | undefined {
  if (written.kind === 'typeof') {
    const { operand } = written;
    return isTypeExpression(operand) ? resolveType(checker, operand) : checker.type(operand);
  }
  const [first, ...rest] = written.modifiers;
  let type: Type | undefined;
  let modifiers = written.modifiers;
  if (written.name === 'string' || written.name === 'buffer') {
    const sized = first?.kind === 'array' && first.length !== undefined;
    const length = sized ? first.length! : checker.scope.settings.maxStrlen;
    type = written.name === 'string' ? stringType(length) : { kind: 'buffer', size: length };
    modifiers = sized ? rest : written.modifiers;
  } else {
    type = PLAIN[written.name] ?? checker.ctypes.named(written.name, checker.space);
  }
  if (!type) return unknownType(checker, written);
  for (const modifier of modifiers) {
    type =
      modifier.kind === 'pointer' ? pointerType(type, checker.space) : arrayType(type, modifier.length ?? OPEN_LENGTH);
  }
  return type;
}

/** Whether a name alone names a type. */
export function isTypeName(checker: ProgramChecker, name: string): boolean {
  return name in PLAIN || checker.ctypes.named(name, checker.space) !== undefined;
}

export function isTypeExpression(node: Expression | TypeExpression): node is TypeExpression {
  return node.kind === 'type-name' || node.kind === 'typeof';
}

function unknownType(checker: ProgramChecker, written: Extract<TypeExpression, { kind: 'type-name' }>): undefined {
  const tagged = /^(struct|union|enum) /.test(written.name);
  const message = tagged ? `Unknown struct/union: '${written.name}'` : `Unknown type: '${written.name}'`;
  const report = checker.error('unknown-type', message, written.span);
  const meant = tagged ? checker.ctypes.nearest(written.name) : nearest(written.name, Object.keys(PLAIN));
  if (meant) report.hint(`did you mean '${meant}'?`);
  return undefined;
}

export function checkCast(checker: ProgramChecker, node: ExpressionOf<'cast'>): TypeInfo {
  const operand = checker.info(node.operand);
  const written = resolveType(checker, node.type);
  if (!written || isUnresolved(operand.type)) return written ? { type: written } : UNRESOLVED_INFO;
  const type = sameSpace(closeLength(written, operand.type), operand.type);
  if (!castable(operand.type, type) && !fillsArray(operand, type)) {
    checker.error('bad-cast', `Cannot cast from "${nameOf(operand.type)}" to "${nameOf(type)}"`, node.span);
    return UNRESOLVED_INFO;
  }
  const value = constantNumber(operand);
  return value !== undefined && isInteger(type) ? { type, constant: constantOf(type, value) } : { type };
}

/** A number that was written is as wide as the array wants: `(uint8[8])1`. */
function fillsArray(operand: TypeInfo, type: Type): boolean {
  if (type.kind !== 'array' || type.element.kind !== 'int' || typeof operand.constant !== 'bigint') return false;
  const size = sizeOf(type);
  return size > sizeOf(operand.type) && (size === 2 || size === 4 || size === 8);
}

/** A pointer that is cast leads where it led before. */
function sameSpace(type: Type, operand: Type): Type {
  return type.kind === 'pointer' && operand.kind === 'pointer' ? pointerType(type.to, operand.space) : type;
}

function constantOf(type: Type, value: bigint): bigint | boolean {
  return type.kind === 'bool' ? value !== 0n : wrap(type, value);
}

/** `(int8[])x` takes as many elements as `x` has bytes for. */
function closeLength(type: Type, operand: Type): Type {
  if (type.kind !== 'array' || type.length !== OPEN_LENGTH) return type;
  return arrayType(type.element, Math.floor(sizeOf(operand) / Math.max(1, sizeOf(type.element))));
}
