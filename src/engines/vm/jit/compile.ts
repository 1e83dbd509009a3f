// A program to a WebAssembly module: each function of the program one function, with r1 to r5 as parameters and r0 as result;
// what runs it from outside; and what it needs of maps and helpers.

import { CALL, Class, FRAME_POINTER, helperId, isWide, Jump, PseudoCall, PseudoLoad } from '../../../isa/index.ts';
import type { AnyHelper } from '../helpers/helper.ts';
import { Control, MAY_GOTO_LIMIT, STACK_TOP } from '../layout.ts';
import type { Machine } from '../machine.ts';
import type { LoadedProgram } from '../program.ts';
import { fuelLocal, planFunction, writeFunction, writePlan } from './function.ts';
import { FunctionCode } from './registers.ts';
import { type CompileOptions, Unit } from './unit.ts';
import type { Code } from './wasm/code.ts';
import { Op, ValueType } from './wasm/opcode.ts';

const { I32, I64 } = ValueType;

export interface CompiledModule {
  readonly bytes: Uint8Array;
  readonly helpers: ReadonlyMap<number, AnyHelper>;
  /** The slot of the instruction that a byte of the module is from; only with CompileOptions.marks. */
  slotAt(functionIndex: number, at: number): number | undefined;
}

/** What a module exports, beside functions that helpers may be asked to call. */
export interface ProgramExports {
  /** The program as its table entry. */
  readonly main: unknown;
  /** (context, r2): runs the program; r0 is at Control.RESULT, its low half is returned. Of kind `single`. */
  readonly run: (context: number, second: number) => number;
  /**
   * (first context, count, bytes from one to the next, results): runs the program on each; stores the low halves of r0 as u32
   * at `results` unless that is 0; returns how many of them were not 0. Of kind `batch`.
   */
  readonly batch: (contexts: number, count: number, stride: number, results: number) => number;
}

/** What a module is for: single runs, or many one after another. */
export type ModuleKind = 'single' | 'batch';

/** The export of a function that helpers may be asked to call. */
export function functionExport(slot: number): string {
  return `function${slot}`;
}

export function compileModule(
  machine: Machine,
  program: LoadedProgram,
  kind: ModuleKind,
  options: CompileOptions,
  helperOf: (id: number) => AnyHelper | undefined,
): CompiledModule {
  const unit = new Unit(machine, program, options, helperOf);
  const { module } = unit;
  for (const slot of program.functions) writeFunction(unit, slot);
  const main = unit.functions.get(0)!.index;
  module.exportFunction('main', main);
  for (const slot of callbacksOf(program)) module.exportFunction(functionExport(slot), unit.functions.get(slot)!.index);
  if (kind === 'single') writeRun(unit, main);
  else writeBatch(unit, main);
  return { bytes: module.finish(), helpers: unit.helpers, slotAt: (index, at) => module.markAt(index, at) };
}

/** First slots of the functions whose addresses the program takes. */
function callbacksOf({ instructions }: LoadedProgram): ReadonlySet<number> {
  const slots = new Set<number>();
  for (let slot = 0; slot < instructions.length; slot++) {
    const { code, src, imm } = instructions[slot]!;
    if (!isWide(code)) continue;
    if (src === PseudoLoad.FUNC) slots.add(slot + 1 + imm);
    slot++;
  }
  return slots;
}

function writeRun(unit: Unit, main: number): void {
  const { index, code } = unit.module.declare({ parameters: [I32, I32], results: [I32] });
  unit.module.exportFunction('run', index);
  const result = code.local(I64);
  code.i32(0);
  code.get(0);
  code.op(Op.I64_EXTEND_I32_U);
  code.get(1);
  code.op(Op.I64_EXTEND_I32_U);
  writeMainCall(code, main);
  code.tee(result);
  code.access(Op.I64_STORE, Control.RESULT);
  code.get(result);
  code.op(Op.I32_WRAP_I64);
}

/** Calls the program with r1 and r2 on the stack. */
function writeMainCall(code: Code, main: number): void {
  for (let register = 3; register <= 5; register++) code.i64(0);
  code.i32(STACK_TOP);
  code.call(main);
}

// ---- batches

function writeBatch(unit: Unit, main: number): void {
  const { index, code } = unit.module.declare({ parameters: [I32, I32, I32, I32], results: [I32] });
  unit.module.exportFunction('batch', index);
  const [context, count, stride, results] = [0, 1, 2, 3] as const;
  const result = code.local(I64);
  const accepted = code.local(I32);
  const program = batchBody(unit, main, code, context, result);
  code.open(Op.BLOCK);
  code.open(Op.LOOP);
  code.get(count);
  code.op(Op.I32_EQZ);
  code.brIf(1);
  writeBeginning(unit, code);
  program();
  code.get(results);
  code.open(Op.IF);
  code.get(results);
  code.get(result);
  code.access(Op.I64_STORE32, 0);
  writeAdd(code, results, () => code.i32(4));
  code.end();
  writeAdd(code, accepted, () => {
    code.get(result);
    code.op(Op.I32_WRAP_I64);
    code.i32(0);
    code.op(Op.I32_NE);
  });
  writeAdd(code, context, () => code.get(stride));
  writeAdd(code, count, () => code.i32(-1));
  code.br(0);
  code.end();
  code.end();
  code.get(accepted);
}

/** What sets `result` to r0 of a run on `context`: the program itself, in the loop, unless it jumps to other programs. */
function batchBody(unit: Unit, main: number, code: Code, context: number, result: number): () => void {
  if (hasTailCalls(unit.program)) {
    return () => {
      code.get(context);
      code.op(Op.I64_EXTEND_I32_U);
      code.i64(0);
      writeMainCall(code, main);
      code.set(result);
    };
  }
  const plan = planFunction(unit, 0);
  const registers = Array.from({ length: FRAME_POINTER }, () => code.local(I64));
  const fuel = fuelLocal(unit, plan, code);
  return () => {
    for (const register of registers) {
      code.i64(0);
      code.set(register);
    }
    code.get(context);
    code.op(Op.I64_EXTEND_I32_U);
    code.set(registers[1]!);
    code.open(Op.BLOCK);
    const exit = { result, depth: code.depth };
    const f = new FunctionCode(code, { registers, exit, ...(fuel !== undefined && { fuel }) });
    f.loadFuel();
    writePlan(unit, plan, f);
    code.end();
    f.storeFuel();
  };
}

function writeAdd(code: Code, local: number, value: () => void): void {
  code.get(local);
  value();
  code.op(Op.I32_ADD);
  code.set(local);
}

function hasTailCalls({ instructions }: LoadedProgram): boolean {
  const id = helperId('tail_call');
  return instructions.some(({ code, src, imm }) => code === CALL && src === PseudoCall.HELPER && imm === id);
}

/** The counters of a run start anew, where the program uses them. */
function writeBeginning({ program }: Unit, code: Code): void {
  if (hasTailCalls(program)) {
    code.i32(0);
    code.i32(0);
    code.access(Op.I32_STORE, Control.TAIL_CALLS);
  }
  if (program.instructions.some(({ code: opcode }) => opcode === (Class.JMP | Jump.JCOND))) {
    code.i32(0);
    code.wide(MAY_GOTO_LIMIT);
    code.access(Op.I64_STORE, Control.MAY_GOTO);
  }
}
