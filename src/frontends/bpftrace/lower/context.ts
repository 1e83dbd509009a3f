// What the lowering offers to words and to the rules of single kinds of expressions.

import type { Block, Instruction } from '../../../compiler/ir.ts';
import type { ScriptMap } from '../../../compiler/module.ts';
import type { Operand } from '../../../compiler/operations/index.ts';
import type { Place, ProgramBuilder } from '../../../compiler/program.ts';
import type { RecordDefinition, Type } from '../../../image/index.ts';
import type { Expression, MapExpression, TypeArgument, VariableExpression } from '../ast.ts';
import type { ProgramScope } from '../check/context.ts';
import type { CTypes } from '../check/ctypes.ts';
import type { Constant, TypeInfo } from '../check/types.ts';

/** An address in memory that programs cannot read directly. */
export interface Address {
  readonly value: Instruction;
  readonly space: 'kernel' | 'user';
}

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What a record means, without its layout. */
export type Definition = Without<RecordDefinition, 'fields' | 'location'>;

export interface Lowering {
  /** The function that code goes to now; another one inside of callbacks. */
  readonly p: ProgramBuilder;
  readonly scope: ProgramScope;
  readonly ctypes: CTypes;
  info(node: Expression | TypeArgument): TypeInfo;
  type(node: Expression | TypeArgument): Type;
  constant(node: Expression | TypeArgument | undefined): Constant | undefined;
  /** The value of an expression. */
  operand(node: Expression | TypeArgument): Operand;
  /** The value of an expression that is kept or printed: structs take their members along. */
  value(node: Expression | TypeArgument): Operand;
  /** The value of a scalar expression, extended to 64 bits. */
  scalar(node: Expression | TypeArgument): Instruction;
  /** Goes to one block or the other. */
  branch(node: Expression, then: Block, otherwise: Block): void;
  /** Where a pointer leads to, and where an array or a struct lies that was not read yet. */
  address(node: Expression | TypeArgument): Address;
  /** The address of the bytes of a value, copied to memory that programs can read. */
  inMemory(node: Expression | TypeArgument): Instruction;
  /** A pointer that the verifier tracks and that may be null, as a number. */
  plainAddress(pointer: Instruction): Operand;
  zero(place: Place, size: number): void;
  /** The map of the script that an argument names. */
  map(node: Expression | TypeArgument): ScriptMap;
  /** The key that a map is accessed with; undefined for scalar maps. */
  key(node: MapExpression): Operand | undefined;
  /** Writes a variable. */
  assign(node: VariableExpression, value: Operand): void;
  /** The first bytes of a value in memory as a number, such as the length of a stack. */
  firstWord(node: Expression | TypeArgument, size: 4 | 8): Instruction;
  /** The number of the probe that was hit: an index into the Image's probes. */
  probeNumber(): Instruction;
  /** Sends a record whose fields have the types of the operands. */
  send(definition: Definition, fields: readonly Operand[]): void;
}
