// Wide loads of maps: an index into the program's maps until it is loaded, then whatever the engine calls its maps by.

import { type Instruction, isWide, PseudoLoad } from '../../isa/index.ts';

/** Whether a wide load with this `src` names a map. */
export function namesMap(src: number): boolean {
  return src === PseudoLoad.MAP_FD || src === PseudoLoad.MAP_VALUE;
}

/** The instructions with every map's index replaced; what has no number stays as it is. */
export function withMaps(
  instructions: readonly Instruction[],
  numberOf: (index: number) => number | undefined,
): readonly Instruction[] {
  let changed: Instruction[] | undefined;
  for (let slot = 0; slot < instructions.length; slot++) {
    const instruction = instructions[slot]!;
    if (!isWide(instruction.code)) continue;
    if (namesMap(instruction.src)) {
      const imm = numberOf(instruction.imm);
      if (imm !== undefined && imm !== instruction.imm) {
        changed ??= instructions.slice();
        changed[slot] = { ...instruction, imm };
      }
    }
    slot++;
  }
  return changed ?? instructions;
}
