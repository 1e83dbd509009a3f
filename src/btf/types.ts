// The types that BTF describes, as readonly values. A type is known by its id within one Btf (split BTF included);
// id 0 is void.

export interface VoidType {
  readonly kind: 'void';
  readonly id: 0;
}

export interface IntType {
  readonly kind: 'int';
  readonly id: number;
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Number of bits of the value; less than the size only in old-style bit fields. */
  readonly bits: number;
  readonly bitOffset: number;
  readonly signed: boolean;
  readonly char: boolean;
  readonly bool: boolean;
}

export interface FloatType {
  readonly kind: 'float';
  readonly id: number;
  readonly name: string;
  readonly size: number;
}

export interface PtrType {
  readonly kind: 'ptr';
  readonly id: number;
  readonly target: number;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly id: number;
  readonly element: number;
  readonly indexType: number;
  readonly length: number;
}

/** A member as declared. Anonymous members have an empty name. */
export interface Member {
  readonly name: string;
  readonly type: number;
  /** Offset in bits from the start of the struct or union. */
  readonly bitOffset: number;
  /** Width of a bit field; 0 for every other member. */
  readonly bitSize: number;
}

export interface StructType {
  readonly kind: 'struct';
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly members: readonly Member[];
}

export interface UnionType {
  readonly kind: 'union';
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly members: readonly Member[];
}

export interface EnumValue {
  readonly name: string;
  readonly value: bigint;
}

/** An enum of any size (BTF kinds ENUM and ENUM64). */
export interface EnumType {
  readonly kind: 'enum';
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly EnumValue[];
}

export interface FwdType {
  readonly kind: 'fwd';
  readonly id: number;
  readonly name: string;
  /** What is declared: a union, or else a struct. */
  readonly union: boolean;
}

export interface TypedefType {
  readonly kind: 'typedef';
  readonly id: number;
  readonly name: string;
  readonly target: number;
}

export interface QualifierType {
  readonly kind: 'const' | 'volatile' | 'restrict';
  readonly id: number;
  readonly target: number;
}

/** `__attribute__((btf_type_tag("name")))` on `target`, such as `user`, `rcu` and `percpu`. */
export interface TypeTagType {
  readonly kind: 'type_tag';
  readonly id: number;
  readonly name: string;
  readonly target: number;
}

export interface FuncType {
  readonly kind: 'func';
  readonly id: number;
  readonly name: string;
  /** Id of the func_proto. */
  readonly proto: number;
  readonly linkage: 'static' | 'global' | 'extern';
}

export interface Param {
  readonly name: string;
  readonly type: number;
}

export interface FuncProtoType {
  readonly kind: 'func_proto';
  readonly id: number;
  readonly returnType: number;
  readonly params: readonly Param[];
  /** Takes further arguments (`...`). */
  readonly variadic: boolean;
}

export interface VarType {
  readonly kind: 'var';
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly linkage: 'static' | 'global' | 'extern';
}

export interface DatasecType {
  readonly kind: 'datasec';
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly variables: readonly { readonly type: number; readonly offset: number; readonly size: number }[];
}

export interface DeclTagType {
  readonly kind: 'decl_tag';
  readonly id: number;
  readonly name: string;
  readonly target: number;
  /** The member or parameter that is tagged; -1 for the whole. */
  readonly component: number;
}

/** A kind newer than this reader, skipped with the help of the layout table of the header. */
export interface UnknownType {
  readonly kind: 'unknown';
  readonly id: number;
  readonly name: string;
}

export type BtfType =
  | VoidType
  | IntType
  | FloatType
  | PtrType
  | ArrayType
  | StructType
  | UnionType
  | EnumType
  | FwdType
  | TypedefType
  | QualifierType
  | TypeTagType
  | FuncType
  | FuncProtoType
  | VarType
  | DatasecType
  | DeclTagType
  | UnknownType;

export type BtfKind = BtfType['kind'];

/** The type of a kind: `TypeOfKind<'struct'>` is StructType. */
export type TypeOfKind<K extends BtfKind> = BtfType extends infer T
  ? T extends { readonly kind: infer U }
    ? K extends U
      ? T
      : never
    : never
  : never;

/** Where a member lies in the struct or union that it was asked of, after descending into anonymous members. */
export interface MemberLocation {
  readonly name: string;
  readonly type: number;
  /** Offset in bits from the start of the outermost type. */
  readonly bitOffset: number;
  /** Width of a bit field; 0 for every other member. */
  readonly bitSize: number;
}

/** A function with its prototype resolved. */
export interface BtfFunction {
  readonly id: number;
  readonly name: string;
  readonly returnType: number;
  readonly params: readonly Param[];
  readonly variadic: boolean;
}
