// Members, elements and what pointers lead to. A chain such as `p->a.b[2].c` is followed without reading anything until a
// value or a pointer is needed; its offsets add up, and stay open for the machine that loads the program.

import type { Instruction } from '../../../compiler/ir.ts';
import {
  bitField,
  element,
  fieldOf,
  inMemory,
  load,
  loadMember,
  type Member,
  memberAddress,
  type Operand,
  read,
  readString,
  type Space,
  scalar,
} from '../../../compiler/operations/index.ts';
import type { ProgramBuilder } from '../../../compiler/program.ts';
import { type AddressSpace, isSigned, type Type, type TypeOf } from '../../../image/index.ts';
import type { Expression, ExpressionOf, TypeArgument } from '../ast.ts';
import { type CMember, isArgs } from '../check/ctypes.ts';
import { readField } from '../contexts/index.ts';
import type { ProgramLowering } from './program.ts';

/** Something of C that lies in memory and was not read yet. */
interface Remote {
  readonly type: Type;
  readonly base: Instruction;
  readonly space: AddressSpace;
  /** The struct that the path starts in; undefined when offsets are only numbers. */
  readonly root: string | undefined;
  readonly path: string;
  readonly offset: number;
  readonly bits?: CMember['bits'];
}

/** The value of a member, an element, or what a pointer leads to. */
export function lowerAccess(cx: ProgramLowering, node: Expression): Operand {
  if (node.kind === 'member') {
    const own = fieldOfValue(cx, node);
    if (own) return own;
  }
  if (node.kind === 'index') {
    const own = elementOfValue(cx, node);
    if (own) return own;
  }
  return readRemote(cx, remote(cx, node));
}

/** The address that a pointer holds, or where an array, a string or a struct lies. */
export function lowerAddress(
  cx: ProgramLowering,
  node: Expression | TypeArgument,
): { value: Instruction; space: Space } {
  const type = cx.type(node);
  if (type.kind === 'pointer') return { value: cx.scalar(node), space: readable(cx, type.space) };
  if (node.kind !== 'type-argument' && isRemote(cx, node)) {
    const place = remote(cx, node);
    return { value: addressOf(cx, place), space: readable(cx, place.space) };
  }
  if (type.kind === 'string' || type.kind === 'array' || type.kind === 'struct') {
    return { value: cx.p.address(inMemory(cx.p, cx.operand(node))), space: 'kernel' };
  }
  return { value: cx.scalar(node), space: readable(cx, cx.scope.plan.kind.space) };
}

/** Whether the value of an expression still lies where a pointer leads. */
function isRemote(cx: ProgramLowering, node: Expression): boolean {
  if (node.kind === 'unary') return node.operator === '*';
  if (node.kind === 'index') return cx.type(node.operand).kind === 'pointer' || isRemote(cx, node.operand);
  if (node.kind !== 'member') return false;
  const type = cx.type(node.operand);
  if (type.kind === 'tuple' || type.kind === 'record') return false;
  if (type.kind === 'pointer') return !isArgs(type);
  return isRemote(cx, node.operand);
}

/** Fields of tuples, records and structs that the program has itself, and of `args`. */
function fieldOfValue(cx: ProgramLowering, node: ExpressionOf<'member'>): Operand | undefined {
  const type = cx.type(node.operand);
  if (type.kind === 'tuple' || type.kind === 'record') {
    const field =
      type.kind === 'tuple' ? type.fields[Number(node.member)] : type.fields.find((one) => one.name === node.member);
    return fieldOf(cx.p, inMemory(cx.p, cx.operand(node.operand)), field!);
  }
  if (isArgs(type)) {
    return readField(cx, node.member);
  }
  if (type.kind !== 'struct' || isRemote(cx, node.operand)) return undefined;
  const member = cx.ctypes.member(type.name, node.member, cx.scope.plan.kind.space)!;
  const field = {
    name: node.member,
    type: member.type,
    offset: member.offset,
    ...(member.bits ? { bits: member.bits } : {}),
  };
  return fieldOf(cx.p, inMemory(cx.p, cx.operand(node.operand)), field);
}

/** Elements of arrays, strings and tuples that the program has itself. */
function elementOfValue(cx: ProgramLowering, node: ExpressionOf<'index'>): Operand | undefined {
  const type = cx.type(node.operand);
  if (type.kind === 'pointer' || (type.kind !== 'tuple' && isRemote(cx, node.operand))) return undefined;
  const whole = inMemory(cx.p, cx.operand(node.operand));
  if (type.kind === 'tuple') return fieldOf(cx.p, whole, type.fields[Number(cx.constantNumber(node.index))]!);
  const length = type.kind === 'array' ? type.length : (type as TypeOf<'string'>).size;
  const elementType = cx.type(node);
  return load(cx.p, elementType, element(cx.p, elementType, whole, cx.scalar(node.index), length));
}

function remote(cx: ProgramLowering, node: Expression): Remote {
  switch (node.kind) {
    case 'unary':
      return pointee(cx, node.operand);
    case 'index':
      return remoteElement(cx, node);
    case 'member': {
      const type = cx.type(node.operand);
      return remoteMember(
        cx,
        type.kind === 'pointer' ? structBehind(cx, node.operand) : remote(cx, node.operand),
        node.member,
      );
    }
    default:
      throw new Error(`bug in beetrace: a ${node.kind} is nowhere in memory`);
  }
}

/** What a pointer leads to; a plain number is the address of a u64. */
function pointee(cx: ProgramLowering, node: Expression): Remote {
  const type = cx.type(node);
  const base = cx.scalar(node);
  if (type.kind !== 'pointer') {
    return {
      type: { kind: 'int', size: 8, signed: false },
      base,
      space: cx.scope.plan.kind.space,
      root: undefined,
      path: '',
      offset: 0,
    };
  }
  return start(type.to, base, type.space);
}

function start(type: Type, base: Instruction, space: AddressSpace): Remote {
  return { type, base, space, root: type.kind === 'struct' ? type.name : undefined, path: '', offset: 0 };
}

/** The struct at the end of pointers to pointers. */
function structBehind(cx: ProgramLowering, node: Expression): Remote {
  let place = pointee(cx, node);
  while (place.type.kind === 'pointer') {
    const { to, space } = place.type;
    place = start(to, (readRemote(cx, place) as { value: Instruction }).value, space);
  }
  return place;
}

function remoteMember(cx: ProgramLowering, place: Remote, name: string): Remote {
  const struct = place.type as TypeOf<'struct'>;
  const member = cx.ctypes.member(struct.name, name, place.space === 'context' ? 'kernel' : place.space)!;
  const path = place.path === '' ? name : `${place.path}.${name}`;
  return {
    type: member.type,
    base: place.base,
    space: place.space,
    root: member.relocatable ? place.root : undefined,
    path,
    offset: place.offset + member.offset,
    ...(member.bits ? { bits: member.bits } : {}),
  };
}

function remoteElement(cx: ProgramLowering, node: ExpressionOf<'index'>): Remote {
  const type = cx.type(node.operand);
  const known = cx.constantNumber(node.index);
  const elementType = cx.type(node);
  const size = Math.max(1, cx.ctypes.sizeOf(elementType));
  if (type.kind === 'pointer') {
    const step = cx.p.b.binary('mul', cx.scalar(node.index), size);
    return start(elementType, cx.p.b.add(cx.scalar(node.operand), step), type.space);
  }
  const array = remote(cx, node.operand);
  if (known !== undefined) {
    return {
      ...array,
      type: elementType,
      path: `${array.path}[${known}]`,
      root: array.path === '' ? undefined : array.root,
      offset: array.offset + Number(known) * size,
    };
  }
  const index = cx.boundedIndex(node.index, type);
  return start(elementType, cx.p.b.add(addressOf(cx, array), cx.p.b.binary('mul', index, size)), array.space);
}

function memberOf(place: Remote): Member {
  if (place.root === undefined || place.path === '') return { offset: place.offset };
  const { root: type, path, offset: value } = place;
  return { offset: value, relocation: { kind: 'field', type, path, what: 'byte-offset', value } };
}

function addressOf(cx: ProgramLowering, place: Remote): Instruction {
  return memberAddress(cx.p, place.base, memberOf(place));
}

function readable(cx: ProgramLowering, space: AddressSpace): Space {
  if (space === 'user' || space === 'kernel') return space;
  return space === 'context' ? 'kernel' : cx.scope.plan.kind.space;
}

function readRemote(cx: ProgramLowering, place: Remote): Operand {
  const { type } = place;
  if (place.space === 'context' && isRegister(type))
    return checkedPointer(cx, takeBits(cx, place, loadMember(cx.p, type, place.base, memberOf(place))));
  const address = addressOf(cx, place);
  const space = readable(cx, place.space);
  if (type.kind === 'string') return readString(cx.p, { space, address, size: type.size, array: true });
  return takeBits(cx, place, read(cx.p, type, space, address));
}

/** Pointers of an iterator's context may be null. */
function checkedPointer(cx: ProgramLowering, operand: Operand): Operand {
  if (cx.scope.plan.context.kind !== 'iter' || operand.kind !== 'scalar' || operand.type.kind !== 'pointer') {
    return operand;
  }
  return scalar(operand.type, withoutNull(cx.p, operand.value));
}

/** The verifier forbids arithmetic on pointers that may be null: one way it is a null that is a number, one way it is none. */
export function withoutNull(p: ProgramBuilder, pointer: Instruction): Instruction {
  const { b } = p;
  return b.choose(
    'eq',
    pointer,
    0,
    () => b.const(0),
    () => pointer,
  );
}

function isRegister(type: Type): boolean {
  return type.kind === 'int' || type.kind === 'enum' || type.kind === 'bool' || type.kind === 'pointer';
}

function takeBits(cx: ProgramLowering, place: Remote, operand: Operand): Operand {
  if (!place.bits || operand.kind !== 'scalar') return operand;
  const { shift, width } = place.bits;
  return scalar(operand.type, bitField(cx.p, operand.value, shift, width, isSigned(operand.type)));
}
