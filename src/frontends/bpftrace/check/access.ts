// Members and elements: `a.b`, `t.0`, `a[i]`.

import { nearest } from '../../../base/text.ts';
import { intType, type Type, type TypeOf } from '../../../image/index.ts';
import type { ExpressionOf } from '../ast.ts';
import { findWord } from '../words/index.ts';
import type { ProgramChecker } from './program.ts';
import { typeinfoMember } from './typeinfo.ts';
import {
  behindPointers,
  constantNumber,
  isInteger,
  isUnresolved,
  nameOf,
  type TypeInfo,
  UNRESOLVED_INFO,
} from './types.ts';

export function checkMember(checker: ProgramChecker, node: ExpressionOf<'member'>): TypeInfo {
  if (node.operand.kind === 'typeinfo') {
    return (
      typeinfoMember(checker, node.operand, node.member) ??
      unknownMember(checker, node, ['btf_id', 'base_type', 'full_type'])
    );
  }
  const word = node.operand.kind === 'identifier' ? findWord(node.operand.name) : undefined;
  if (word && 'member' in word && word.member) return word.member(checker, node.member, node.memberSpan);
  const type = behindPointers(checker.type(node.operand));
  if (isUnresolved(type)) return UNRESOLVED_INFO;
  switch (type.kind) {
    case 'tuple':
      return tupleField(checker, node, type);
    case 'record':
      return recordField(checker, node, type);
    case 'struct':
      return structMember(checker, node, type);
    default:
      checker.error(
        'no-members',
        `Can not access field '${node.member}' on expression of type '${nameOf(type)}'`,
        node.span,
      );
      return UNRESOLVED_INFO;
  }
}

function tupleField(checker: ProgramChecker, node: ExpressionOf<'member'>, type: TypeOf<'tuple'>): TypeInfo {
  const field = /^\d+$/.test(node.member) ? type.fields[Number(node.member)] : undefined;
  if (field) return { type: field.type };
  checker.error(
    'bad-tuple-index',
    `Invalid tuple index: ${node.member}. Found ${type.fields.length} elements in tuple.`,
    node.memberSpan,
  );
  return UNRESOLVED_INFO;
}

function recordField(checker: ProgramChecker, node: ExpressionOf<'member'>, type: TypeOf<'record'>): TypeInfo {
  const field = type.fields.find((one) => one.name === node.member);
  if (field) return { type: field.type };
  if (node.member.startsWith('common_') && type.name !== '') {
    checker.error('common-field', 'BPF does not support accessing common tracepoint fields', node.span);
    return UNRESOLVED_INFO;
  }
  return unknownMember(
    checker,
    node,
    type.fields.map((one) => one.name),
  );
}

function structMember(checker: ProgramChecker, node: ExpressionOf<'member'>, type: TypeOf<'struct'>): TypeInfo {
  const space = spaceOf(checker.type(node.operand)) ?? checker.space;
  const member = checker.ctypes.member(type.name, node.member, space);
  if (member) return { type: member.type };
  const names = checker.ctypes.memberNames(type.name);
  if (names) return unknownMember(checker, node, names);
  checker.error('unknown-struct', `Unknown struct/union: '${type.name}'`, node.operand.span);
  return UNRESOLVED_INFO;
}

function spaceOf(type: Type): TypeOf<'pointer'>['space'] | undefined {
  if (type.kind !== 'pointer') return undefined;
  // What the context points to is the kernel's.
  return type.space === 'context' ? 'kernel' : type.space;
}

function unknownMember(checker: ProgramChecker, node: ExpressionOf<'member'>, names: readonly string[]): TypeInfo {
  const report = checker.error(
    'unknown-member',
    `Record does not contain a field named '${node.member}'`,
    node.memberSpan,
  );
  const meant = nearest(node.member, names);
  if (meant) report.hint(`did you mean '${meant}'?`);
  else if (names.length > 0 && names.length <= 16) report.hint(`its fields are ${names.join(', ')}`);
  return UNRESOLVED_INFO;
}

export function checkIndex(checker: ProgramChecker, node: ExpressionOf<'index'>): TypeInfo {
  const type = checker.type(node.operand);
  const index = checker.info(node.index);
  if (isUnresolved(type)) return UNRESOLVED_INFO;
  if (!isUnresolved(index.type) && !isInteger(index.type)) {
    checker.error(
      'bad-index',
      `The array index operator [] can only accept integer indices, not ${nameOf(index.type)}`,
      node.index.span,
    );
    return UNRESOLVED_INFO;
  }
  const value = constantNumber(index);
  switch (type.kind) {
    case 'array':
      // An array without a length ends a struct; how long it is only the program knows.
      if (value !== undefined && type.length > 0) checkBounds(checker, node, value, type.length);
      return { type: type.element };
    case 'string':
      if (value !== undefined) checkBounds(checker, node, value, type.size);
      return { type: intType(1, true) };
    case 'pointer':
      if (type.to.kind !== 'void') return { type: type.to };
      break;
    case 'tuple': {
      const field = value === undefined ? undefined : type.fields[Number(value)];
      if (field) return { type: field.type };
      if (value === undefined) break;
      checker.error(
        'bad-tuple-index',
        `Invalid tuple index: ${value}. Found ${type.fields.length} elements in tuple.`,
        node.index.span,
      );
      return UNRESOLVED_INFO;
    }
  }
  checker.error(
    'bad-index',
    `The array index operator [] can not be used on expressions of type '${nameOf(type)}'`,
    node.span,
  );
  return UNRESOLVED_INFO;
}

function checkBounds(checker: ProgramChecker, node: ExpressionOf<'index'>, index: bigint, length: number): void {
  if (index >= 0n && index < BigInt(length)) return;
  checker.error('index-bounds', `the index ${index} is out of bounds for array of size ${length}`, node.index.span);
}
