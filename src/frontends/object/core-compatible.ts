// When two types of different BTF are taken for the same: by name for candidates, loosely for fields and for the existence of
// types, strictly for TYPE_MATCHES. The rules are those of libbpf's relocations, which kernels share (5.17).

import type { Btf, BtfKind, BtfType, FuncProtoType, StructType, UnionType } from '../../btf/index.ts';
import { objectError } from './object-error.ts';

/** Deeper types are taken for different. */
const MAX_DEPTH = 32;

/** A name without what stands behind `___`, which tells versions of a type apart in the object. */
export function essentialName(name: string): string {
  const at = name.lastIndexOf('___');
  return at > 0 && at + 3 < name.length ? name.slice(0, at) : name;
}

/** The types of the target that a type of the object may stand for. */
export function candidatesOf(local: Btf, id: number, target: Btf): number[] {
  const type = local.type(id);
  const name = 'name' in type ? type.name : '';
  if (name === '') throw objectError('a CO-RE relocation names a type without a name.');
  const names = new Set([name, essentialName(name)]);
  const found = [...names].flatMap((each) => target.findAll(each, type.kind as NamedKind).map((one) => one.id));
  // Without a kernel's BTF the object's own types are the target; then a type stands for itself before all others.
  return local === target && found.includes(id) ? [id] : [...new Set(found)];
}

type NamedKind = 'struct' | 'union' | 'enum' | 'typedef' | 'int' | 'float' | 'fwd' | 'func' | 'var';

/** Whether a field of the object may be read as a field of the target: size and sign of integers may differ. */
export function fieldsCompatible(local: Btf, a: number, target: Btf, b: number): boolean {
  const mine = local.resolve(a);
  const theirs = target.resolve(b);
  if (isComposite(mine) && isComposite(theirs)) return true;
  if (mine.kind !== theirs.kind) return false;
  switch (mine.kind) {
    case 'ptr':
    case 'float':
      return true;
    case 'fwd':
    case 'enum': {
      const [one, other] = [essentialName(mine.name), essentialName(nameOf(theirs))];
      return one === '' || other === '' || one === other;
    }
    case 'int':
      return mine.bitOffset === 0 && theirs.kind === 'int' && theirs.bitOffset === 0;
    case 'array':
      return theirs.kind === 'array' && fieldsCompatible(local, mine.element, target, theirs.element);
    default:
      return false;
  }
}

/** Whether a type of the object exists as a type of the target: what is inside of structs does not count. */
export function typesCompatible(local: Btf, a: number, target: Btf, b: number, depth = 0): boolean {
  const mine = local.resolve(a);
  const theirs = target.resolve(b);
  if (depth > MAX_DEPTH || mine.kind !== theirs.kind) return false;
  const inner = (x: number, y: number): boolean => typesCompatible(local, x, target, y, depth + 1);
  switch (mine.kind) {
    case 'void':
    case 'struct':
    case 'union':
    case 'enum':
    case 'fwd':
    case 'float':
      return true;
    case 'int':
      return mine.bitOffset === 0 && theirs.kind === 'int' && theirs.bitOffset === 0;
    case 'ptr':
      return theirs.kind === 'ptr' && inner(mine.target, theirs.target);
    case 'array':
      return theirs.kind === 'array' && inner(mine.element, theirs.element);
    case 'func_proto':
      return theirs.kind === 'func_proto' && prototypes(mine, theirs, inner);
    default:
      return false;
  }
}

/** Whether all that the object says of a type holds of the target's: members, enumerators and parameters by name and type. */
export function typesMatch(local: Btf, a: number, target: Btf, b: number): boolean {
  return match({ local, target }, a, b, false, 0);
}

interface Pair {
  readonly local: Btf;
  readonly target: Btf;
}

function match(pair: Pair, a: number, b: number, behindPointer: boolean, depth: number): boolean {
  const mine = pair.local.resolve(a);
  const theirs = pair.target.resolve(b);
  if (depth > MAX_DEPTH || essentialName(nameOf(mine)) !== essentialName(nameOf(theirs))) return false;
  const inner = (x: number, y: number): boolean => match(pair, x, y, behindPointer, depth + 1);
  if (behindPointer && (mine.kind === 'fwd' || theirs.kind === 'fwd')) return sameForward(mine, theirs);
  if (mine.kind !== theirs.kind) return false;
  switch (mine.kind) {
    case 'void':
    case 'fwd':
    case 'float':
      return true;
    case 'int':
      return theirs.kind === 'int' && mine.size === theirs.size && mine.signed === theirs.signed;
    case 'enum':
      return theirs.kind === 'enum' && (behindPointer || enumerators(mine, theirs));
    case 'struct':
    case 'union':
      return behindPointer || members(pair, mine, theirs as StructType | UnionType, depth);
    case 'ptr':
      return theirs.kind === 'ptr' && match(pair, mine.target, theirs.target, true, depth + 1);
    case 'array':
      return theirs.kind === 'array' && mine.length === theirs.length && inner(mine.element, theirs.element);
    case 'func_proto':
      return theirs.kind === 'func_proto' && prototypes(mine, theirs, inner);
    default:
      return false;
  }
}

function members(pair: Pair, mine: StructType | UnionType, theirs: StructType | UnionType, depth: number): boolean {
  return mine.members.every((member) => {
    if (member.name === '') return true;
    const found = pair.target.member(theirs.id, member.name);
    return found !== undefined && match(pair, member.type, found.type, false, depth + 1);
  });
}

function enumerators(mine: Extract<BtfType, { kind: 'enum' }>, theirs: Extract<BtfType, { kind: 'enum' }>): boolean {
  if (mine.size !== theirs.size) return false;
  const names = new Set(theirs.values.map((value) => essentialName(value.name)));
  return mine.values.every((value) => names.has(essentialName(value.name)));
}

/** A declaration stands for a struct or union of its name. */
function sameForward(mine: BtfType, theirs: BtfType): boolean {
  const shape = (type: BtfType): BtfKind => (type.kind === 'fwd' ? (type.union ? 'union' : 'struct') : type.kind);
  return shape(mine) === shape(theirs);
}

function prototypes(mine: FuncProtoType, theirs: FuncProtoType, same: (a: number, b: number) => boolean): boolean {
  if (mine.params.length !== theirs.params.length || !same(mine.returnType, theirs.returnType)) return false;
  return mine.params.every((param, index) => same(param.type, theirs.params[index]!.type));
}

function isComposite(type: BtfType): boolean {
  return type.kind === 'struct' || type.kind === 'union';
}

function nameOf(type: BtfType): string {
  return 'name' in type ? type.name : '';
}
