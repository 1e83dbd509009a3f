// Arithmetic and comparisons of BPF on BigInt: RFC 9669 sections 4.1 and 5.1. Values are unsigned 64-bit; those of 32-bit
// operations are cut first and their results zero-extended.

import { Alu, Class, Jump } from '../../isa/index.ts';

export type Width = 32 | 64;

type Operation = (a: bigint, b: bigint, width: Width) => bigint;

const signed = (value: bigint, width: Width): bigint => BigInt.asIntN(width, value);
const shiftOf = (count: bigint, width: Width): bigint => count & BigInt(width - 1);

const operations: Readonly<Record<number, Operation>> = {
  [Alu.ADD]: (a, b) => a + b,
  [Alu.SUB]: (a, b) => a - b,
  [Alu.MUL]: (a, b) => a * b,
  [Alu.DIV]: (a, b) => (b === 0n ? 0n : a / b),
  [Alu.MOD]: (a, b) => (b === 0n ? a : a % b),
  [Alu.OR]: (a, b) => a | b,
  [Alu.AND]: (a, b) => a & b,
  [Alu.XOR]: (a, b) => a ^ b,
  [Alu.LSH]: (a, b, width) => a << shiftOf(b, width),
  [Alu.RSH]: (a, b, width) => a >> shiftOf(b, width),
  [Alu.ARSH]: (a, b, width) => signed(a, width) >> shiftOf(b, width),
  [Alu.NEG]: (a) => -a,
  [Alu.MOV]: (_a, b) => b,
};

/** Division and remainder with `off` 1; both round towards zero, so the smallest number by -1 wraps to itself. */
const signedOperations: Readonly<Record<number, Operation>> = {
  [Alu.DIV]: (a, b, width) => (b === 0n ? 0n : signed(a, width) / signed(b, width)),
  [Alu.MOD]: (a, b, width) => (b === 0n ? a : signed(a, width) % signed(b, width)),
};

/**
 * The result of an arithmetic instruction that is not END, or undefined when there is no such operation. `off` makes DIV and
 * MOD signed (1) and MOV sign-extending (8, 16, 32).
 */
export function arithmetic(operation: number, off: number, width: Width, dst: bigint, src: bigint): bigint | undefined {
  const compute = off === 1 ? signedOperations[operation] : operations[operation];
  if (!compute) return undefined;
  const second = operation === Alu.MOV && off !== 0 ? BigInt.asIntN(off, src) : src;
  return BigInt.asUintN(width, compute(BigInt.asUintN(width, dst), BigInt.asUintN(width, second), width));
}

/**
 * The result of END: `le` (class ALU, source K) cuts to `width` bits on this little-endian machine, `be` (class ALU, source X)
 * and `bswap` (class ALU64) also reverse the bytes.
 */
export function byteOrder(code: number, width: number, value: bigint): bigint {
  const cut = BigInt.asUintN(width, value);
  const isLittle = (code & 0x07) === Class.ALU && (code & 0x08) === 0;
  return isLittle ? cut : reverseBytes(cut, width);
}

export function reverseBytes(value: bigint, width: number): bigint {
  let rest = value;
  let result = 0n;
  for (let bits = 0; bits < width; bits += 8) {
    result = (result << 8n) | (rest & 0xffn);
    rest >>= 8n;
  }
  return result;
}

type Comparison = (a: bigint, b: bigint) => boolean;

const unsignedComparisons: Readonly<Record<number, Comparison>> = {
  [Jump.JEQ]: (a, b) => a === b,
  [Jump.JNE]: (a, b) => a !== b,
  [Jump.JGT]: (a, b) => a > b,
  [Jump.JGE]: (a, b) => a >= b,
  [Jump.JLT]: (a, b) => a < b,
  [Jump.JLE]: (a, b) => a <= b,
  [Jump.JSET]: (a, b) => (a & b) !== 0n,
};

const signedComparisons: Readonly<Record<number, Comparison>> = {
  [Jump.JSGT]: (a, b) => a > b,
  [Jump.JSGE]: (a, b) => a >= b,
  [Jump.JSLT]: (a, b) => a < b,
  [Jump.JSLE]: (a, b) => a <= b,
};

/** Whether a conditional jump is taken, or undefined when there is no such comparison. */
export function comparison(operation: number, width: Width, dst: bigint, src: bigint): boolean | undefined {
  const unsigned = unsignedComparisons[operation];
  if (unsigned) return unsigned(BigInt.asUintN(width, dst), BigInt.asUintN(width, src));
  return signedComparisons[operation]?.(signed(dst, width), signed(src, width));
}
