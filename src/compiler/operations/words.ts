// Eight characters at a time: strings as little-endian words in registers, without branches.

import type { Instruction } from '../ir.ts';
import type { ProgramBuilder } from '../program.ts';

const ONES = 0x0101010101010101n;
const HIGHS = 0x8080808080808080n;

/**
 * Bytes that are zero, as the top bit of each; only the lowest is exact, which is all that is asked for:
 * (v - 0x01..01) & ~v & 0x80..80.
 */
export function zeroBytes(p: ProgramBuilder, word: Instruction): Instruction {
  const { b } = p;
  const borrow = b.binary('sub', word, ONES);
  return b.and(b.and(borrow, b.binary('xor', word, -1n)), HIGHS);
}

export function lowestBit(p: ProgramBuilder, word: Instruction): Instruction {
  return p.b.and(word, p.b.sub(p.b.const(0), word));
}

/** The words of a string with everything behind its first NUL made zero. */
export function cutAtNul(p: ProgramBuilder, words: readonly Instruction[]): Instruction[] {
  const { b } = p;
  let open: Instruction | undefined;
  return words.map((word, index) => {
    const kept = open ? b.and(word, open) : word;
    const end = lowestBit(p, zeroBytes(p, kept));
    if (index < words.length - 1) {
      // All ones when there was no NUL, else 0: the lowest bit of a byte's top is never the sign of what is one less.
      const more = b.binary('sar', b.sub(end, 1), 63);
      open = open ? b.and(open, more) : more;
    }
    // The bits below the NUL's byte; all when there is none.
    return b.and(kept, b.sub(b.binary('shr', end, 7), 1));
  });
}
