// What an instruction reads and writes: words of scratch memory by their number, A, X.

import { CLASSIC_MEMORY_WORDS, CLASSIC_TAX, CLASSIC_TXA, ClassicClass, ClassicMode } from '../../../isa/index.ts';

export const ATOM_A = CLASSIC_MEMORY_WORDS;
export const ATOM_X = CLASSIC_MEMORY_WORDS + 1;
/** Both A and X. */
export const ATOM_AX = CLASSIC_MEMORY_WORDS + 2;
const NONE = -1;

interface Operation {
  readonly code: number;
  readonly k: number;
}

/** The atom that an operation reads, -1 for none. */
export function uses({ code, k }: Operation): number {
  switch (code & 7) {
    case ClassicClass.LD:
    case ClassicClass.LDX:
      if ((code & 0xe0) === ClassicMode.IND) return ATOM_X;
      return (code & 0xe0) === ClassicMode.MEM ? k : NONE;
    case ClassicClass.ST:
      return ATOM_A;
    case ClassicClass.STX:
      return ATOM_X;
    case ClassicClass.ALU:
    case ClassicClass.JMP:
      return (code & 8) !== 0 ? ATOM_AX : ATOM_A;
    case ClassicClass.RET:
      return (code & 0x18) === 0x10 ? ATOM_A : NONE;
    default:
      return code === CLASSIC_TXA ? ATOM_X : ATOM_A;
  }
}

/** The atom that an operation writes, -1 for none. */
export function defines({ code, k }: Operation): number {
  switch (code & 7) {
    case ClassicClass.LD:
    case ClassicClass.ALU:
      return ATOM_A;
    case ClassicClass.LDX:
      return ATOM_X;
    case ClassicClass.ST:
    case ClassicClass.STX:
      return k;
    case ClassicClass.JMP:
    case ClassicClass.RET:
      return NONE;
    default:
      return code === CLASSIC_TAX ? ATOM_X : ATOM_A;
  }
}
