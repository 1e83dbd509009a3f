// One function of the program to one function of WebAssembly.

import {
  Atomic,
  bytesOf,
  CALL,
  Class,
  classOf,
  EXIT,
  FRAME_POINTER,
  type Instruction,
  isAlu,
  isConditional,
  isGoto,
  isKnownOpcode,
  isWide,
  Mode,
  modeOf,
  sizeOf,
} from '../../../isa/index.ts';
import { writeAtomic, writeLoad, writeStore, writeStoreImmediate } from './access.ts';
import { writeAlu } from './alu.ts';
import { writeCall } from './call.ts';
import { buildGraph, type Graph } from './cfg.ts';
import { writeCheck, writeOutsideLoad } from './checked.ts';
import { Constants } from './constants.ts';
import { makeReducible } from './irreducible.ts';
import { writeCondition } from './jump.ts';
import { hasLoops, isReducible, type Order, orderOf } from './order.ts';
import { writePacketLoad } from './packet.ts';
import { FunctionCode, parameterPlaces } from './registers.ts';
import { type Site, writeStop } from './site.ts';
import { type BlockWriter, writeStructured } from './structure.ts';
import { Stop, type Unit } from './unit.ts';
import type { Code } from './wasm/code.ts';
import { Op, ValueType } from './wasm/opcode.ts';

/** A function's graph, ready to be written. */
export interface Plan {
  readonly graph: Graph;
  readonly order: Order;
}

export function planFunction(unit: Unit, entry: number): Plan {
  const built = buildGraph(unit.program.instructions, entry);
  const order = orderOf(built);
  if (isReducible(order)) return { graph: built, order };
  const graph = makeReducible(built);
  return { graph, order: orderOf(graph) };
}

export function writeFunction(unit: Unit, entry: number): void {
  const { code } = unit.functions.get(entry)!;
  const plan = planFunction(unit, entry);
  const f = new FunctionCode(code, parameterPlaces(code, fuelLocal(unit, plan, code)));
  f.loadFuel();
  writePlan(unit, plan, f);
}

/** A local for the budget, where the function has use for it. */
export function fuelLocal(unit: Unit, { order }: Plan, code: Code): number | undefined {
  return unit.options.bounded && hasLoops(order) ? code.local(ValueType.I64) : undefined;
}

/**
 * V8 unrolls innermost loops of at most 50 nodes for each loop around them, counted with what every exit hands on (V8 11.3,
 * WasmLoopUnrolling). These loops turn only once and cost nothing; they let small loops of programs be unrolled, which makes
 * them up to twice as fast.
 */
const OUTER_LOOPS = 2;

export function writePlan(unit: Unit, { graph, order }: Plan, f: FunctionCode): void {
  const { code } = f;
  const writer = new FunctionWriter(unit, graph, f);
  const outer = hasLoops(order) ? OUTER_LOOPS : 0;
  for (let loop = 0; loop < outer; loop++) code.open(Op.LOOP);
  if (f.fuel === undefined) writeStructured(graph, order, code, writer);
  else writeBounded(unit, { graph, order }, f, writer);
  for (let loop = 0; loop < outer; loop++) {
    code.end();
    code.op(Op.UNREACHABLE);
  }
}

/** The end of the budget is outside of all loops: a call in a loop, even if it never returns, costs the loop registers. */
function writeBounded(unit: Unit, { graph, order }: Plan, { code }: FunctionCode, writer: FunctionWriter): void {
  code.open(Op.BLOCK);
  writer.bounded = { depth: code.depth, slot: code.local(ValueType.I32) };
  writeStructured(graph, order, code, writer);
  code.end();
  code.get(writer.bounded.slot);
  code.i32(Stop.FUEL);
  code.call(unit.imported('stop'));
  code.op(Op.UNREACHABLE);
}

class FunctionWriter implements BlockWriter {
  /** Where to go when the budget is used up: out of so many blocks, with the slot in a local. */
  bounded: { readonly depth: number; readonly slot: number } | undefined;
  readonly #unit: Unit;
  readonly #graph: Graph;
  readonly #f: FunctionCode;
  readonly #constants: Constants;

  constructor(unit: Unit, graph: Graph, f: FunctionCode) {
    this.#unit = unit;
    this.#graph = graph;
    this.#f = f;
    this.#constants = new Constants(unit.program.instructions, unit.program.wide, graph);
  }

  body(block: number): void {
    const { first, end, terminator, label } = this.#graph[block]!;
    if (label !== undefined) {
      this.#f.code.i32(label);
      this.#f.code.set(this.#label());
    }
    const { instructions } = this.#unit.program;
    for (let slot = first; slot < end; slot++) {
      const instruction = instructions[slot]!;
      this.#write(block, slot, instruction);
      if (isWide(instruction.code)) slot++;
    }
    if (terminator.kind === 'off-end') writeStop(this.#site(block, first), Stop.OFF_END);
  }

  condition(block: number, negated: boolean): void {
    const { terminator } = this.#graph[block]!;
    if (terminator.kind !== 'branch') return;
    writeCondition(this.#f, this.#unit.program.instructions[terminator.slot]!, negated);
  }

  turn(block: number): void {
    const { code, fuel } = this.#f;
    if (fuel === undefined || !this.bounded) return;
    code.i32(this.#graph[block]!.first);
    code.set(this.bounded.slot);
    code.get(fuel);
    code.i64(1);
    code.op(Op.I64_SUB);
    code.tee(fuel);
    code.i64(0);
    code.op(Op.I64_LT_S);
    code.brIf(code.depth - this.bounded.depth);
  }

  label(): void {
    this.#f.code.get(this.#label());
  }

  #label(): number {
    return this.#f.scratch('label', ValueType.I32);
  }

  #site(block: number, slot: number): Site {
    const instruction = this.#unit.program.instructions[slot] ?? { code: 0, dst: 0, src: 0, off: 0, imm: 0 };
    const constant = (register: number): bigint | undefined => this.#constants.before(block, slot, register);
    return { unit: this.#unit, f: this.#f, slot, instruction, constant };
  }

  #write(block: number, slot: number, instruction: Instruction): void {
    const { code } = instruction;
    if (this.#unit.options.marks) this.#f.code.mark(slot);
    if (instruction.dst === FRAME_POINTER && setsDestination(code)) {
      writeStop(this.#site(block, slot), Stop.FRAME_POINTER);
      return;
    }
    if (isAlu(code) && isKnownOpcode(code)) {
      writeAlu(this.#f, instruction);
      return;
    }
    if (isConditional(code) || isGoto(code)) return;
    if (code === EXIT) {
      this.#f.push(0);
      this.#f.exit();
      return;
    }
    const site = this.#site(block, slot);
    if (!isKnownOpcode(code)) writeStop(site, Stop.UNKNOWN_INSTRUCTION);
    else if (code === CALL) writeCall(site);
    else if (classOf(code) === Class.LD) this.#writeSpecialLoad(site);
    else this.#writeAccess(site);
  }

  #writeSpecialLoad(site: Site): void {
    const { code, dst } = site.instruction;
    if (!isWide(code)) {
      writePacketLoad(site);
      return;
    }
    const value = this.#unit.program.wide[site.slot];
    if (value === undefined) {
      writeStop(site, Stop.UNKNOWN_INSTRUCTION);
      return;
    }
    this.#f.code.wide(value);
    this.#f.pop(dst);
  }

  #writeAccess(site: Site): void {
    const { instruction, f } = site;
    const { code, dst, src, off, imm } = instruction;
    const size = bytesOf(sizeOf(code));
    const kind = classOf(code);
    const isAtomic = kind === Class.STX && modeOf(code) === Mode.ATOMIC;
    const isLoad = kind === Class.LDX || (isAtomic && imm === Atomic.LOAD_ACQ);
    if (this.#unit.options.checked || this.#unit.options.outside) {
      const known = (isLoad ? src : dst) === FRAME_POINTER && !this.#unit.options.checked;
      if (kind === Class.LDX && this.#unit.options.outside && !known) {
        writeOutsideLoad(site, size, modeOf(code) === Mode.MEMSX);
        return;
      }
      if (this.#unit.options.checked) writeCheck(site, isLoad ? src : dst, off, size, !isLoad);
    }
    if (kind === Class.LDX) {
      writeLoad(f, instruction, modeOf(code) === Mode.MEMSX);
      return;
    }
    if (kind === Class.ST) {
      writeStoreImmediate(f, instruction);
      return;
    }
    if (!isAtomic) {
      writeStore(f, instruction);
      return;
    }
    const isNarrow = size < 4 && imm !== Atomic.LOAD_ACQ && imm !== Atomic.STORE_REL;
    if (isNarrow || !writeAtomic(f, instruction)) writeStop(site, Stop.UNKNOWN_INSTRUCTION);
  }
}

/** Whether `dst` is a register that the instruction sets; what atomic operations set is another. */
function setsDestination(code: number): boolean {
  return isAlu(code) || classOf(code) === Class.LDX || isWide(code);
}
