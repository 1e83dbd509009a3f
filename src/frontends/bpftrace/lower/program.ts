// Lowers one checked probe: the context that all rules work in.

import type { Variable } from '../../../compiler/builder.ts';
import type { Block, Instruction } from '../../../compiler/ir.ts';
import type { ScriptMap } from '../../../compiler/module.ts';
import {
  build,
  cast,
  checkedIndex,
  inMemory,
  type LoopControl,
  load,
  type Operand,
  registerOf,
  scalar,
  sendRecord,
  store,
  zero,
} from '../../../compiler/operations/index.ts';
import type { Local, Place, ProgramBuilder } from '../../../compiler/program.ts';
import { isScalar, sizeOf, type Type, type TypeOf } from '../../../image/index.ts';
import type {
  BlockExpression,
  Expression,
  ExpressionOf,
  MapExpression,
  Statement,
  TypeArgument,
  VariableExpression,
} from '../ast.ts';
import type { ProgramScope, VariableInfo } from '../check/context.ts';
import { type CTypes, isArgs } from '../check/ctypes.ts';
import type { CheckedProgram } from '../check/program.ts';
import { type Constant, constantNumber, type TypeInfo, UNRESOLVED_INFO } from '../check/types.ts';
import { readField } from '../contexts/index.ts';
import { lowerAccess, lowerAddress, withoutNull } from './access.ts';
import type { Address, Definition, Lowering } from './context.ts';
import { lowerExpression } from './expressions.ts';
import type { FunctionTable } from './functions.ts';
import { lowerBranch, needsCast } from './operators.ts';
import { lowerStatements } from './statements.ts';

/** What the probe and the functions that it calls have in common. */
export interface SharedLowering {
  readonly ctypes: CTypes;
  readonly maps: ReadonlyMap<string, ScriptMap>;
  /** The number of the probe that was hit. */
  readonly probe: () => Instruction;
  readonly functions: FunctionTable;
}

/** Where a variable lives: in registers, or in scratch space. */
type Home = { readonly register: Variable } | { readonly local: Local };

export class ProgramLowering implements Lowering {
  readonly checked: CheckedProgram;
  readonly #shared: SharedLowering;
  readonly #homes = new Map<VariableInfo, Home>();
  readonly #addressed: ReadonlySet<VariableInfo>;
  #p: ProgramBuilder;
  #loop: LoopControl | undefined;

  constructor(p: ProgramBuilder, checked: CheckedProgram, shared: SharedLowering) {
    this.#addressed = addressedVariables(checked);
    this.#p = p;
    this.checked = checked;
    this.#shared = shared;
  }

  get ctypes(): CTypes {
    return this.#shared.ctypes;
  }

  get p(): ProgramBuilder {
    return this.#p;
  }

  get scope(): ProgramScope {
    return this.checked.scope;
  }

  /** What `break` and `continue` do here. */
  get loop(): LoopControl {
    return this.#loop!;
  }

  /** Lowers the body of a loop, which may be a function of its own. */
  inside(p: ProgramBuilder, loop: LoopControl, body: () => void): void {
    const before = [this.#p, this.#loop] as const;
    this.#p = p;
    this.#loop = loop;
    body();
    [this.#p, this.#loop] = before;
  }

  // ---- what the checker found out

  info(node: Expression | TypeArgument): TypeInfo {
    if (node.kind === 'type-argument') return UNRESOLVED_INFO;
    const info = this.checked.types.get(node);
    if (!info) throw new Error(`bug in beetrace: a ${node.kind} without a type`);
    return info;
  }

  type(node: Expression | TypeArgument): Type {
    return this.info(node).type;
  }

  constant(node: Expression | TypeArgument | undefined): Constant | undefined {
    return node && this.info(node).constant;
  }

  constantNumber(node: Expression): bigint | undefined {
    return constantNumber(this.info(node));
  }

  // ---- values

  operand(node: Expression | TypeArgument): Operand {
    const operand = node.kind === 'type-argument' ? undefined : lowerExpression(this, node);
    if (!operand) throw new Error(`bug in beetrace: a ${node.kind} without a value`);
    return operand;
  }

  scalar(node: Expression | TypeArgument): Instruction {
    return registerOf(this.operand(node));
  }

  statements(block: BlockExpression): void {
    lowerStatements(this, block);
  }

  /** Runs an expression for what it does. */
  effect(node: Expression): void {
    const operand = lowerExpression(this, node);
    // What is only written where it is needed is not needed here.
    void operand;
  }

  branch(node: Expression, then: Block, otherwise: Block): void {
    this.p.withSpan(node.span, () => lowerBranch(this, node, then, otherwise));
  }

  /** A condition as 1 or 0. */
  truth(node: Expression): Operand {
    const { b } = this.p;
    const yes = b.block('true');
    const no = b.block('false');
    const after = b.block('after');
    const result = b.variable('truth');
    this.branch(node, yes, no);
    for (const [block, value] of [
      [yes, 1],
      [no, 0],
    ] as const) {
      b.enter(block);
      b.write(result, b.const(value));
      b.jump(after);
    }
    b.enter(after);
    return scalar({ kind: 'bool' }, b.read(result));
  }

  access(node: Expression): Operand {
    return lowerAccess(this, node);
  }

  address(node: Expression | TypeArgument): Address {
    return lowerAddress(this, node);
  }

  /** An index that is not known now, kept inside an array whose length is. */
  boundedIndex(node: Expression, array: Type): Instruction {
    const index = this.scalar(node);
    if (array.kind !== 'array' || array.length === 0) return index;
    return checkedIndex(this.p, index, array.length);
  }

  // ---- variables

  variable(node: object): VariableInfo {
    return this.checked.variables.get(node)!;
  }

  /** Makes room for the variables that a statement declares, for as long as the block around it lasts. */
  declare(statement: Statement): void {
    if (statement.kind === 'let') this.allocate(this.variable(statement));
    if (statement.kind === 'assign' && statement.target.kind === 'variable')
      this.allocate(this.variable(statement.target));
  }

  allocate(variable: VariableInfo): void {
    if (this.#homes.has(variable)) return;
    const { type } = variable.info;
    const home =
      isScalar(type) && !this.#addressed.has(variable)
        ? { register: this.p.b.variable(`$${variable.name}`) }
        : { local: this.p.local(sizeOf(type)) };
    this.#homes.set(variable, home);
  }

  readVariable(node: object): Operand {
    const variable = this.variable(node);
    const { type } = variable.info;
    const home = this.#home(variable);
    if ('register' in home) return scalar(type, this.p.b.read(home.register));
    return load(this.p, type, this.p.at(home.local));
  }

  /** What a scalar variable holds. */
  register(node: object): Instruction {
    return registerOf(this.readVariable(node));
  }

  writeVariable(variable: VariableInfo, value: Operand): void {
    const { type } = variable.info;
    const home = this.#home(variable);
    if ('local' in home) store(this.p, this.p.at(home.local), type, value, true);
    else {
      const from = value.type;
      const register = registerOf(value);
      this.p.b.write(home.register, needsCast(from, type) ? cast(this.p, register, from, type) : register);
    }
  }

  /** Where a variable lies whose address is taken somewhere. */
  addressOfVariable(node: object): Instruction {
    const home = this.#home(this.variable(node));
    if ('register' in home) throw new Error('bug in beetrace: a register has no address');
    return this.p.address(this.p.at(home.local));
  }

  /** A variable that was declared without a value is zero, also in the next round of a loop. */
  clearVariable(variable: VariableInfo): void {
    const home = this.#home(variable);
    if ('register' in home) this.p.b.write(home.register, this.p.b.const(0));
    else zero(this.p, this.p.at(home.local), sizeOf(variable.info.type));
  }

  /** The register of a variable that was made before the loop whose own variable is `own`. */
  sharedRegister(node: object, own: VariableInfo): Variable | undefined {
    const variable = this.checked.variables.get(node);
    if (!variable || variable === own) return undefined;
    const home = this.#homes.get(variable);
    return home && 'register' in home ? home.register : undefined;
  }

  #home(variable: VariableInfo): Home {
    this.allocate(variable);
    return this.#homes.get(variable)!;
  }

  // ---- maps

  map(node: Expression | TypeArgument): ScriptMap {
    return this.#shared.maps.get((node as MapExpression).name)!;
  }

  key(node: MapExpression): Operand | undefined {
    return node.key && this.operand(node.key);
  }

  /** The type that a plain map holds. */
  mapType(node: MapExpression): Type {
    const { value } = this.map(node);
    return value.kind === 'plain' ? value.type : { kind: 'void' };
  }

  assign(node: VariableExpression, value: Operand): void {
    this.writeVariable(this.variable(node), value);
  }

  firstWord(node: Expression | TypeArgument, size: 4 | 8): Instruction {
    const { base, offset } = inMemory(this.p, this.operand(node));
    return this.p.b.load(size, base, offset);
  }

  inMemory(node: Expression | TypeArgument): Instruction {
    return this.p.address(inMemory(this.p, this.operand(node)));
  }

  plainAddress(pointer: Instruction): Operand {
    return scalar({ kind: 'int', size: 8, signed: false }, withoutNull(this.p, pointer));
  }

  zero(place: Place, size: number): void {
    zero(this.p, place, size);
  }

  // ---- functions

  /** Calls a function of the script; undefined when it has none of that name. */
  callFunction(node: ExpressionOf<'call'>): Operand | undefined {
    const args = () => node.args.map((arg) => this.scalar(arg));
    return this.#shared.functions.call(this.#shared, this.p, node.name, args, this.type(node));
  }

  /** Takes a parameter of a function. */
  takeParameter(node: object, value: Instruction): void {
    const variable = this.variable(node);
    this.writeVariable(variable, scalar({ kind: 'int', size: 8, signed: true }, value));
  }

  // ---- the program

  probeNumber(): Instruction {
    return this.#shared.probe();
  }

  /** A value that is copied to where it outlives its source: structs take their members along. */
  value(node: Expression | TypeArgument): Operand {
    const operand = this.operand(node);
    if (isArgs(operand.type)) return this.#allArgs(operand.type.to);
    const type = this.ctypes.copied(operand.type);
    return type === operand.type ? operand : ({ ...operand, type } as Operand);
  }

  /** `args` as a whole. */
  #allArgs(record: TypeOf<'record'>): Operand {
    return build(
      this.p,
      record,
      record.fields.map((field) => readField(this, field.name)),
    );
  }

  send(definition: Definition, fields: readonly Operand[]): void {
    sendRecord(this.p, definition, fields);
  }
}

/** The variables that `&` is used on, which must be in memory. */
function addressedVariables({ types, variables }: CheckedProgram): Set<VariableInfo> {
  const result = new Set<VariableInfo>();
  for (const node of types.keys()) {
    const variable = node.kind === 'unary' && node.operator === '&' ? variables.get(node.operand) : undefined;
    if (variable) result.add(variable);
  }
  return result;
}
