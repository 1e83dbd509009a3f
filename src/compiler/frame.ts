// Places stack objects in the 512 bytes below the frame pointer.

import { Class, classOf } from '../isa/index.ts';
import { CompileError } from './error.ts';
import type { StackSlot } from './ir.ts';
import { findLiveness, type Interval } from './liveness.ts';
import { type MachineFunction, type MachineInstruction, spanOf } from './machine.ts';

/**
 * MAX_BPF_STACK. Before 6.13 it is for a function and all that it calls together; since then tracing programs have it for
 * each function. What several need together is left to the verifier, which knows.
 */
export const STACK_BYTES = 512;

export interface Frame {
  /** From the frame pointer, negative. */
  readonly offsets: ReadonlyMap<StackSlot, number>;
  readonly size: number;
}

/** Only objects that the code still uses get a place. */
export function layoutFrame(machine: MachineFunction): Frame {
  const shared = machine.spills.size > 1 ? shareSpills(machine) : new Map<StackSlot, StackSlot>();
  const slots = [...usedSlots(machine)].sort((a, b) => placeAlign(b) - placeAlign(a) || a.id - b.id);
  const offsets = new Map<StackSlot, number>();
  let depth = 0;
  for (const slot of slots) {
    if (shared.has(slot)) continue;
    const align = placeAlign(slot);
    depth = Math.ceil((depth + slot.size) / align) * align;
    offsets.set(slot, -depth);
  }
  for (const [slot, other] of shared) offsets.set(slot, offsets.get(other)!);
  const size = Math.ceil(depth / 8) * 8;
  if (size > STACK_BYTES) {
    throw new CompileError(
      'stack-too-large',
      `${machine.func.name} needs ${size} bytes of stack, but BPF has only ${STACK_BYTES}`,
      ['use fewer or smaller strings, keys and buffers in one probe, or split the work over several probes'],
      spanOf(machine),
    );
  }
  return { offsets, size };
}

/** Spilled values that are never needed at the same time take one place: for each whose place it takes. */
function shareSpills(machine: MachineFunction): Map<StackSlot, StackSlot> {
  const byId = new Map([...machine.spills].map((slot) => [slot.id, slot]));
  const { intervals } = findLiveness(machine, { reads: forEachSpillRead, writes: forEachSpillWrite });
  const owners: { slot: StackSlot; lives: Interval }[] = [];
  const shared = new Map<StackSlot, StackSlot>();
  for (const lives of [...intervals.values()].sort((a, b) => a.start - b.start)) {
    const slot = byId.get(lives.register);
    if (!slot) continue;
    const owner = owners.find((one) => !one.lives.overlaps(lives));
    if (owner) {
      owner.lives.absorb(lives);
      shared.set(slot, owner.slot);
    } else {
      owners.push({ slot, lives });
    }
  }
  return shared;
}

function forEachSpillRead(instruction: MachineInstruction, visit: (slot: number) => void): void {
  if (instruction.kind !== 'plain' || !instruction.slot) return;
  if (classOf(instruction.code) === Class.LDX) visit(instruction.slot.id);
}

function forEachSpillWrite(instruction: MachineInstruction, visit: (slot: number) => void): void {
  if (instruction.kind !== 'plain' || !instruction.slot) return;
  if (classOf(instruction.code) !== Class.LDX) visit(instruction.slot.id);
}

/** Helpers and the verifier are happiest with objects of eight bytes and more that are aligned to eight. */
function placeAlign(slot: StackSlot): number {
  return slot.size >= 8 ? 8 : Math.max(slot.align, 1);
}

function usedSlots(machine: MachineFunction): Set<StackSlot> {
  const slots = new Set<StackSlot>();
  for (const { code } of machine.blocks) {
    for (const instruction of code) {
      if (instruction.kind === 'plain' && instruction.slot) slots.add(instruction.slot);
      if (instruction.kind === 'make' && instruction.what.kind === 'slot') slots.add(instruction.what.slot);
    }
  }
  return slots;
}
