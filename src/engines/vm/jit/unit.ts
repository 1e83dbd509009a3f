// What the functions of one module share: the machine and program, the module that is written, what it imports, and functions
// that are made when they are first asked for.

import { CALL, FRAME_POINTER, helperTitle, type Instruction, PseudoCall } from '../../../isa/index.ts';
import { type AnyHelper, callsBack } from '../helpers/helper.ts';
import { MAX_FRAMES } from '../layout.ts';
import type { Machine } from '../machine.ts';
import type { VmMap } from '../maps/map.ts';
import type { LoadedProgram } from '../program.ts';
import { FUNCTION_SIGNATURE } from './registers.ts';
import type { Code } from './wasm/code.ts';
import { type Declared, type Signature, WasmModuleWriter } from './wasm/module.ts';
import { ValueType } from './wasm/opcode.ts';

const { I32, F64 } = ValueType;

export interface CompileOptions {
  /** Check every access against the regions of the memory; helpers are called as the interpreter calls them. */
  readonly checked: boolean;
  /** Count turns of loops down in Control.FUEL and stop the run at 0. */
  readonly bounded: boolean;
  /** Addresses outside of the linear memory are read from the event's memory. */
  readonly outside: boolean;
  /** Remember which instruction each byte of code is from. */
  readonly marks?: boolean;
}

/** Why a run was stopped, as the module tells it. */
export const Stop = {
  FUEL: 0,
  OFF_END: 1,
  UNKNOWN_INSTRUCTION: 2,
  UNKNOWN_HELPER: 3,
  KERNEL_FUNCTION: 4,
  DEPTH: 5,
  FRAME_POINTER: 6,
} as const;

/** Functions of the runtime that modules import, by name. Slots are given so that errors can say where. */
export const imported = {
  /** (slot, Stop): does not return. */
  stop: { parameters: [I32, I32], results: [] },
  /** (low, high, size | 0x100 when it writes, slot): throws when the access is not allowed. */
  check: { parameters: [I32, I32, I32, I32], results: [] },
  /** (helper, slot): the arguments of a helper in a checked run; r1 to r5 are at Control.SCRATCH. */
  checkArguments: { parameters: [I32, I32], results: [] },
  /** (low, high, size, slot): reads the event's memory into Control.RESULT. */
  outside: { parameters: [I32, I32, I32, I32], results: [] },
  /** (offset, size): whether the packet has them; the number is in Control.RESULT then. */
  packet: { parameters: [I32, I32], results: [I32] },
  /** (): nanoseconds of the monotonic clock. */
  now: { parameters: [], results: [F64] },
  /** (program): puts it into the table of programs. */
  prepare: { parameters: [I32], results: [] },
  /** (map): makes room for entries of a hash table. */
  moreEntries: { parameters: [I32], results: [] },
  /** (map): wakes the reader of a ring buffer. */
  wakeRing: { parameters: [I32], results: [] },
} as const satisfies Readonly<Record<string, Signature>>;

export type Imported = keyof typeof imported;

/** The name under which a helper is imported. */
export function helperImport(id: number): string {
  return `helper${id}`;
}

export class Unit {
  readonly machine: Machine;
  readonly program: LoadedProgram;
  readonly options: CompileOptions;
  readonly module = new WasmModuleWriter();
  /** Functions of the program by first slot. */
  readonly functions = new Map<number, Declared>();
  /** The helpers that the program calls. */
  readonly helpers = new Map<number, AnyHelper>();
  readonly #helperIndices = new Map<number, number>();
  readonly #imported: Readonly<Record<Imported, number>>;
  readonly #made = new Map<string, number>();

  constructor(
    machine: Machine,
    program: LoadedProgram,
    options: CompileOptions,
    helperOf: (id: number) => AnyHelper | undefined,
  ) {
    this.machine = machine;
    this.program = program;
    this.options = options;
    this.module.importMemory('memory', 1, 32768);
    this.module.importTable('programs');
    this.#imported = this.#importRuntime();
    this.#importHelpers(helperOf);
    for (const slot of program.functions) this.functions.set(slot, this.module.declare(FUNCTION_SIGNATURE));
  }

  imported(name: Imported): number {
    return this.#imported[name];
  }

  helperIndex(id: number): number | undefined {
    return this.#helperIndices.get(id);
  }

  /** The index of a function that is made once for each name. */
  made(name: string, signature: Signature, write: (code: Code) => void): number {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const { index, code } = this.module.declare(signature);
    this.#made.set(name, index);
    write(code);
    return index;
  }

  /** The map of a descriptor's address. */
  mapAt(address: bigint | undefined): VmMap | undefined {
    return address === undefined || address > 0x7fffffffn ? undefined : this.machine.mapAt(Number(address));
  }

  #importRuntime(): Readonly<Record<Imported, number>> {
    const indices: Partial<Record<Imported, number>> = {};
    for (const [name, signature] of Object.entries(imported)) {
      indices[name as Imported] = this.module.importFunction(name, signature);
    }
    return indices as Readonly<Record<Imported, number>>;
  }

  #importHelpers(helperOf: (id: number) => AnyHelper | undefined): void {
    for (const { code, src, imm } of this.program.instructions) {
      if (code !== CALL || src !== PseudoCall.HELPER || this.helpers.has(imm)) continue;
      const helper = helperOf(imm);
      if (!helper) continue;
      this.helpers.set(imm, helper);
      const parameters: ValueType[] = helper.parameters.flatMap((kind) => (kind === 'i64' ? [I32, I32] : [I32]));
      const signature = { parameters: callsBack(helper) ? [...parameters, I32, I32] : parameters, results: [I32] };
      this.#helperIndices.set(imm, this.module.importFunction(helperImport(imm), signature));
    }
  }
}

/** The reason in the interpreter's words. */
export function describeStop(stop: number, { code, imm }: Pick<Instruction, 'code' | 'imm'>): string {
  switch (stop) {
    case Stop.FUEL:
      return OUT_OF_BUDGET;
    case Stop.OFF_END:
      return 'there is no instruction: the program ran over its end';
    case Stop.UNKNOWN_INSTRUCTION:
      return `unknown instruction 0x${code.toString(16)}`;
    case Stop.UNKNOWN_HELPER:
      return `${helperTitle(imm)} cannot be called here`;
    case Stop.KERNEL_FUNCTION:
      return 'functions of the kernel cannot be called here';
    case Stop.FRAME_POINTER:
      return `r${FRAME_POINTER} cannot be written`;
    default:
      return TOO_DEEP;
  }
}

export const OUT_OF_BUDGET = 'the budget of the run is used up';
export const TOO_DEEP = `more than ${MAX_FRAMES} functions are active`;
