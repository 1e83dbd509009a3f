// Runs programs of a machine as WebAssembly: compiles each when it is first run, gives the modules what they import, and turns
// what goes wrong in them into the same Traps that the interpreter throws.

import { assert } from '../../../base/error.ts';
import { checkArguments } from '../checked-call.ts';
import { type AnyHelper, type CallbackHelper, callsBack, type VmHelper } from '../helpers/helper.ts';
import { helperOf } from '../helpers/index.ts';
import { Control, FRAME_BYTES, STACK_BASE, STACK_TOP } from '../layout.ts';
import type { Machine } from '../machine.ts';
import type { HashMap } from '../maps/hash.ts';
import { loadPacket } from '../packet-load.ts';
import type { LoadedProgram } from '../program.ts';
import { AccessFault, hexAddress, Trap } from '../trap.ts';
import { type WasmTable, wasm } from '../wasm.ts';
import { followsKernelPointers, WRITES } from './checked.ts';
import { compileModule, functionExport, type ModuleKind, type ProgramExports } from './compile.ts';
import { type CompileOptions, describeStop, helperImport, type Imported, OUT_OF_BUDGET, TOO_DEEP } from './unit.ts';
import { IMPORTS } from './wasm/module.ts';

export interface JitOptions {
  /** Check every access against the regions of the memory. */
  readonly checked?: boolean;
  /** Turns of loops after which a run is stopped. */
  readonly budget?: number;
  /**
   * Read addresses outside of the linear memory from the event's memory; when left out, programs that can have pointers typed
   * by BTF do.
   */
  readonly outside?: boolean;
}

type Exports = ProgramExports & Readonly<Record<string, unknown>>;
type Function = (...values: (number | bigint)[]) => number | bigint;

/** The programs of one machine. */
export class Jit {
  readonly machine: Machine;
  readonly options: JitOptions;
  readonly #programs = new Map<number, JitProgram>();
  readonly #table: WasmTable = new wasm.Table({ element: 'anyfunc', initial: 16 });
  /** What runs now: changes with tail calls. */
  #running: LoadedProgram | undefined;

  constructor(machine: Machine, options: JitOptions = {}) {
    this.machine = machine;
    this.options = options;
  }

  /** The compiled form of a program. */
  program(loaded: LoadedProgram): JitProgram {
    const known = this.#programs.get(loaded.index);
    if (known) return known;
    const made = new JitProgram(this, loaded, this.#compileOptions(loaded));
    this.#programs.set(loaded.index, made);
    return made;
  }

  get table(): WasmTable {
    return this.#table;
  }

  /** What a run may use up. */
  begin(program: LoadedProgram): void {
    this.#running = program;
    const { budget } = this.options;
    if (budget !== undefined) this.machine.memory.setU64(Control.FUEL, BigInt(budget));
  }

  get running(): LoadedProgram {
    assert(this.#running, 'no program runs');
    return this.#running;
  }

  /** Puts a program that is jumped to into the table. */
  prepare(index: number): void {
    const loaded = this.machine.programs[index];
    assert(loaded, `there is no program ${index}`);
    if (index >= this.#table.length) this.#table.grow(index + 1 - this.#table.length);
    this.#running = loaded;
    if (this.#table.get(index) === null) this.#table.set(index, this.program(loaded).exports.main);
  }

  #compileOptions(program: LoadedProgram): CompileOptions {
    const { checked = false, budget, outside = followsKernelPointers(program) } = this.options;
    return { checked, bounded: budget !== undefined, outside };
  }
}

export class JitProgram {
  readonly program: LoadedProgram;
  readonly exports: Exports;
  /** Bytes of the module of single runs. */
  size = 0;
  readonly #jit: Jit;
  readonly #options: CompileOptions;
  /** Made when it is first asked for. */
  #batch: Exports | undefined;

  constructor(jit: Jit, program: LoadedProgram, options: CompileOptions) {
    this.program = program;
    this.#jit = jit;
    this.#options = options;
    this.exports = this.#compile('single');
  }

  #compile(kind: ModuleKind): Exports {
    const { bytes, helpers } = compileModule(this.#jit.machine, this.program, kind, this.#options, helperOf);
    if (kind === 'single') this.size = bytes.length;
    const imports = { [IMPORTS]: this.#imports(helpers) };
    return new wasm.Instance(new wasm.Module(bytes), imports).exports as unknown as Exports;
  }

  /**
   * Runs the program on a context and returns r0.
   * @throws Trap when it does what no verified program can do, or the budget is used up.
   */
  run(context: number, r2 = 0): bigint {
    this.#guarded('single', context, () => this.exports.run(context, r2));
    return this.#jit.machine.memory.getU64(Control.RESULT);
  }

  /** The same for whoever needs no more than the low half of r0, as BPF_PROG_TEST_RUN. */
  run32(context: number): number {
    return this.#guarded('single', context, () => this.exports.run(context, 0)) >>> 0;
  }

  /**
   * Runs the program on `count` contexts, `stride` bytes apart, and stores the low halves of r0 as u32 at `results` unless that
   * is 0. The stack is zeroed once, before the first. Returns how many results were not 0.
   */
  runBatch(contexts: number, count: number, stride: number, results = 0): number {
    this.#batch ??= this.#compile('batch');
    const { batch } = this.#batch;
    return this.#guarded('batch', contexts, () => batch(contexts, count, stride, results));
  }

  /** Calls a function of the program, as the kernel calls the callback of a timer. */
  call(slot: number, parameters: readonly bigint[], frame = STACK_TOP): bigint {
    const target = this.exports[functionExport(slot)] as Function | undefined;
    if (!target) throw new AccessFault(`instruction ${slot} is not the beginning of a function`);
    const [r1 = 0n, r2 = 0n, r3 = 0n, r4 = 0n, r5 = 0n] = parameters;
    return BigInt.asUintN(64, target(r1, r2, r3, r4, r5, frame) as bigint);
  }

  #guarded<T>(kind: ModuleKind, context: number, run: () => T): T {
    this.#jit.machine.beginRun(this.program, context);
    this.#jit.begin(this.program);
    try {
      return run();
    } catch (error) {
      throw this.#trapOf(error, kind);
    }
  }

  // ---- what the module imports

  #imports(helpers: ReadonlyMap<number, AnyHelper>): Record<string, unknown> {
    const { machine } = this.#jit;
    const runtime: Readonly<Record<Imported, unknown>> = {
      stop: (slot: number, stop: number) => this.#stop(slot, stop),
      check: (low: number, high: number, access: number, slot: number) => this.#check(low, high, access, slot),
      checkArguments: (helper: number, slot: number) => this.#checkArguments(helper, slot),
      outside: (low: number, high: number, size: number, slot: number) => this.#outside(low, high, size, slot),
      packet: (offset: number, size: number) => {
        const value = loadPacket(machine, offset, size);
        if (value === undefined) return 0;
        machine.memory.setU32(Control.RESULT, value);
        return 1;
      },
      now: machine.host.clock.nanoseconds ?? (() => 0),
      prepare: (index: number) => this.#jit.prepare(index),
      moreEntries: (index: number) => (machine.map(index) as HashMap).moreEntries(),
      wakeRing: (index: number) => machine.wakeRing(index),
    };
    const functions = [...helpers].map(([id, helper]) => [helperImport(id), this.#helper(helper)] as const);
    return { memory: machine.memory.wasm, programs: this.#jit.table, ...runtime, ...Object.fromEntries(functions) };
  }

  #helper(helper: AnyHelper): unknown {
    return callsBack(helper) ? this.#callbackHelper(helper) : plainHelper(this.#jit.machine, helper);
  }

  #callbackHelper(helper: CallbackHelper): (...values: number[]) => number {
    const { machine } = this.#jit;
    return (...values) => {
      const frame = values.pop()! - FRAME_BYTES;
      const slot = values.pop()!;
      const iteration = helper.begin(machine, ...values);
      const result = typeof iteration === 'number' ? iteration : this.#iterate(iteration, slot, frame);
      machine.memory.setU64(Control.RESULT, BigInt.asUintN(64, BigInt(result)));
      return 0;
    };
  }

  #iterate(
    iteration: { next(result: bigint | undefined): readonly bigint[] | number },
    slot: number,
    frame: number,
  ): number {
    for (let result: bigint | undefined; ; ) {
      const next = iteration.next(result);
      if (typeof next === 'number') return next;
      this.#takeTurn();
      if (frame <= STACK_BASE) throw new AccessFault(TOO_DEEP);
      result = this.call(slot, next, frame);
    }
  }

  /** Each call of a callback costs the budget one. */
  #takeTurn(): void {
    if (!this.#options.bounded) return;
    const { memory } = this.#jit.machine;
    const left = memory.getU64(Control.FUEL);
    if (left === 0n) throw new AccessFault(OUT_OF_BUDGET);
    memory.setU64(Control.FUEL, left - 1n);
  }

  #stop(slot: number, stop: number): never {
    throw new Trap(slot, describeStop(stop, this.#jit.running.instructions[slot] ?? { code: 0, imm: 0 }));
  }

  #check(low: number, high: number, access: number, slot: number): void {
    const write = (access & WRITES) !== 0;
    const size = access & (WRITES - 1);
    if (high !== 0) {
      const address = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
      throw new Trap(
        slot,
        `${write ? 'write' : 'read'} of ${size} bytes at ${hexAddress(address)} is outside of the memory`,
      );
    }
    const problem = this.#jit.machine.memory.problem(low >>> 0, size, write);
    if (problem !== undefined) throw new Trap(slot, problem);
  }

  #checkArguments(helper: number, slot: number): void {
    const { machine } = this.#jit;
    const registers = new BigUint64Array(6);
    for (let register = 1; register <= 5; register++) {
      registers[register] = machine.memory.getU64(Control.SCRATCH + 8 * (register - 1));
    }
    try {
      checkArguments(machine, helper, registers, (at, size, write) => machine.memory.check(at, size, write));
    } catch (error) {
      throw error instanceof AccessFault ? new Trap(slot, error.message, error) : error;
    }
  }

  #outside(low: number, high: number, size: number, slot: number): void {
    const { memory, event } = this.#jit.machine;
    const address = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    if (!event.memory) throw new Trap(slot, `read of ${size} bytes at ${hexAddress(address)} is outside of the memory`);
    const bytes = new Uint8Array(8);
    // What cannot be read is zero, as the kernel's fault handler makes it.
    if (!event.memory.read('kernel', address, bytes.subarray(0, size))) bytes.fill(0);
    memory.write(Control.RESULT, bytes);
  }

  // ---- what goes wrong

  #trapOf(error: unknown, kind: ModuleKind): unknown {
    if (error instanceof Trap || !(error instanceof Error)) return error;
    const reason = reasonOf(error);
    return reason === undefined ? error : new Trap(this.#slotOf(error, kind), reason, error);
  }

  /** The slot of the innermost instruction in an error's stack: the program is compiled again with marks to find it. */
  #slotOf(error: Error, kind: ModuleKind): number {
    const frame = /wasm-function\[(\d+)\]:(0x[0-9a-f]+)/.exec(error.stack ?? '');
    if (!frame) return 0;
    const options = { ...this.#options, marks: true };
    const compiled = compileModule(this.#jit.machine, this.#jit.running, kind, options, helperOf);
    return compiled.slotAt(Number(frame[1]), Number(frame[2])) ?? 0;
  }
}

/** What happened, for errors that programs can cause. */
function reasonOf(error: Error): string | undefined {
  if (error instanceof AccessFault) return error.message;
  if (/out of bounds/.test(error.message)) return 'access beyond the end of the memory';
  if (error instanceof RangeError) return TOO_DEEP;
  return error.name === 'RuntimeError' ? error.message : undefined;
}

/** Rest parameters cost more than the call itself, so there is one form for each number of arguments. */
function plainHelper(machine: Machine, { call, parameters }: VmHelper): unknown {
  const count = parameters.reduce((sum, kind) => sum + (kind === 'i64' ? 2 : 1), 0);
  switch (count) {
    case 0:
      return () => call(machine);
    case 1:
      return (a: number) => call(machine, a);
    case 2:
      return (a: number, b: number) => call(machine, a, b);
    case 3:
      return (a: number, b: number, c: number) => call(machine, a, b, c);
    case 4:
      return (a: number, b: number, c: number, d: number) => call(machine, a, b, c, d);
    case 5:
      return (a: number, b: number, c: number, d: number, e: number) => call(machine, a, b, c, d, e);
    default:
      return (...values: number[]) => call(machine, ...values);
  }
}
