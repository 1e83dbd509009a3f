// Programs of a machine: instructions, and what the pseudo immediates of LD_IMM64 stand for once they are loaded.

import type { Instruction } from '../../isa/index.ts';
import { CALL, Class, classOf, isKnownOpcode, isWide, PseudoCall, PseudoLoad, validateSlot } from '../../isa/index.ts';
import { EINVAL } from './errno.ts';
import { MapField } from './layout.ts';
import type { Machine } from './machine.ts';
import { MapError } from './maps/map.ts';

/** A program as it is handed to a machine. */
export interface VmProgram {
  readonly name?: string;
  /** The kernel's program type by its short name: `xdp`, `kprobe`, ... */
  readonly kind: string;
  readonly attachKind?: string;
  /**
   * Slots. LD_IMM64 of a map (src 1 or 5) and of a map's value (src 2 or 6) have the index in `Machine.maps` as immediate;
   * of a kernel symbol (src 3) the index in `symbols`.
   */
  readonly instructions: readonly Instruction[];
  /** Addresses for LD_IMM64 with src 3. */
  readonly symbols?: readonly bigint[];
  readonly license?: string;
}

/** A program that a machine can run. */
export interface LoadedProgram {
  /** In `Machine.programs`. */
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  readonly attachKind: string | undefined;
  readonly instructions: readonly Instruction[];
  /**
   * What each LD_IMM64 loads, by its first slot: plain numbers; the address of a map's descriptor; an address in a map's
   * value; the address of a symbol; for a static subprogram (callbacks) its slot index in this program, which is what stands
   * in registers as a pointer to a function.
   */
  readonly wide: readonly (bigint | undefined)[];
  /** First slots of all functions, sorted; the first is 0. */
  readonly functions: readonly number[];
  /** Indices in `Machine.maps` of the maps that it names. */
  readonly maps: readonly number[];
}

/**
 * What stands for an instruction with wrong operands: the kernel's verifier looks at those only when it reaches them
 * (do_check(), as of Linux 6.18), so it is the run that stops there.
 */
const INVALID: Instruction = { code: 0xfe, dst: 0, src: 0, off: 0, imm: 0 };

/** What it looks at so late of wide loads. */
const LATE = /^(R\d+ is invalid|BPF_LD_IMM64 uses reserved fields)$/;

/**
 * Resolves a program's immediates.
 * @throws MapError EINVAL when one names what is not there.
 */
export function resolveProgram(machine: Machine, program: VmProgram, index: number): LoadedProgram {
  const instructions = program.instructions.slice();
  const wide: (bigint | undefined)[] = new Array(instructions.length).fill(undefined);
  const functions = new Set<number>([0]);
  const maps = new Set<number>();
  for (let slot = 0; slot < instructions.length; slot++) {
    const instruction = instructions[slot]!;
    const { code, src, imm } = instruction;
    const problem = validateSlot(instruction, instructions[slot + 1]);
    if (problem !== undefined) {
      if (isWide(code) && LATE.test(problem)) {
        instructions[slot] = INVALID;
        instructions[++slot] = INVALID;
        continue;
      }
      if (isWide(code) || classOf(code) === Class.LDX || !isKnownOpcode(code))
        throw new MapError(EINVAL, `instruction ${slot}: ${problem}`);
      instructions[slot] = INVALID;
      continue;
    }
    if (code === CALL && src === PseudoCall.SUBPROGRAM) functions.add(slot + 1 + imm);
    if (!isWide(code)) continue;
    if (src === PseudoLoad.FUNC) functions.add(slot + 1 + imm);
    if (namesMap(src)) maps.add(imm);
    wide[slot] = resolve(machine, program, slot, instruction, instructions[slot + 1]!);
    slot++;
  }
  return {
    index,
    name: program.name ?? `program_${index}`,
    kind: program.kind,
    attachKind: program.attachKind,
    instructions,
    wide,
    functions: [...functions].sort((a, b) => a - b),
    maps: [...maps],
  };
}

function namesMap(src: number): boolean {
  return (
    src === PseudoLoad.MAP_FD ||
    src === PseudoLoad.MAP_IDX ||
    src === PseudoLoad.MAP_VALUE ||
    src === PseudoLoad.MAP_IDX_VALUE
  );
}

function resolve(machine: Machine, program: VmProgram, slot: number, low: Instruction, high: Instruction): bigint {
  switch (low.src) {
    case PseudoLoad.MAP_FD:
    case PseudoLoad.MAP_IDX:
      return BigInt(machine.map(low.imm).address);
    case PseudoLoad.MAP_VALUE:
    case PseudoLoad.MAP_IDX_VALUE:
      return BigInt(valueAddress(machine, low.imm, high.imm));
    case PseudoLoad.BTF_ID: {
      const symbol = program.symbols?.[low.imm];
      if (symbol === undefined) throw new MapError(EINVAL, `there is no kernel symbol ${low.imm}`);
      return symbol;
    }
    case PseudoLoad.FUNC:
      return BigInt(slot + 1 + low.imm);
    default:
      return (BigInt(high.imm >>> 0) << 32n) | BigInt(low.imm >>> 0);
  }
}

/** Only arrays have values at fixed addresses (map_direct_value_addr), and only the first element counts. */
function valueAddress(machine: Machine, index: number, offset: number): number {
  const map = machine.map(index);
  if (map.spec.kind !== 'array' || map.spec.maxEntries !== 1 || offset >>> 0 >= map.spec.valueSize) {
    throw new MapError(EINVAL, `byte ${offset} of the value of map ${index} has no address`);
  }
  return machine.memory.getU32(map.address + MapField.VALUES) + offset;
}
