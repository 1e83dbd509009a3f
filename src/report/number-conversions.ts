// printf's conversions of numbers. A number is cut to the size that the conversion names (four bytes unless it says
// otherwise, as upstream), then written in its base.

import { type Conversion, sizeOf, type Type } from '../image/index.ts';
import { gfpFlags } from './gfp-flags.ts';
import type { OutputBuffer } from './output-buffer.ts';
import { decimalWriter } from './values/numbers.ts';
import type { ValueWriter } from './values/value.ts';

const PLUS = 43;
const MINUS = 45;
const ZERO = 48;
const LOWER_X = 120;
const UPPER_X = 88;

/** Reads the lower or upper 32 bits of a number, as 0 to 2^32 - 1. */
type HalfReader = (view: DataView, offset: number) => number;

/** A number of memory, cut or extended to the conversion's size. */
interface Operand {
  readonly low: HalfReader;
  readonly high: HalfReader;
}

/** Whether a conversion of numbers can print the type. */
export function isNumeric(type: Type): boolean {
  switch (type.kind) {
    case 'int':
    case 'bool':
    case 'enum':
    case 'pointer':
    case 'ksym':
    case 'username':
    case 'cgroup_path':
    case 'timestamp':
      return true;
    default:
      return false;
  }
}

/** The writer of a numeric conversion without its padding, or undefined when the letters are not of one. */
export function numberWriter(conversion: Conversion, type: Type): ValueWriter | undefined {
  const { bytes } = conversion;
  const operand = operandOf(type, bytes);
  switch (conversion.letters) {
    case 'd':
    case 'i':
      return withPlus(conversion, decimal(type, operand, bytes, true));
    case 'u':
      return decimal(type, operand, bytes, false);
    case 'x':
      return hexadecimal(operand, conversion.base, false);
    case 'X':
      return hexadecimal(operand, conversion.base, true);
    case 'o':
      return octal(operand, conversion.base);
    case 'c':
      return (out, { view }, offset) => out.byte(operand.low(view, offset) & 0xff);
    case 'p':
      // A C++ stream writes the null pointer without its base.
      return hexadecimal(operandOf(type, 8), true, false);
    case 'gr':
      return (out, { view }, offset) => out.text(gfpFlags(operand.low(view, offset)));
    default:
      return undefined;
  }
}

/** Bytes before the digits that zeroes must not come before: a sign, a base. */
export function prefixLength(bytes: Uint8Array, start: number): number {
  const first = bytes[start];
  if (first === MINUS || first === PLUS) return 1;
  const second = bytes[start + 1];
  return first === ZERO && (second === LOWER_X || second === UPPER_X) ? 2 : 0;
}

function operandOf(type: Type, bytes: number): Operand {
  const size = sizeOf(type);
  const signed = (type.kind === 'int' || type.kind === 'enum') && type.signed;
  if (size === 8) {
    const mask = bytes >= 4 ? 0xffff_ffff : 2 ** (8 * bytes) - 1;
    return {
      low: (view, offset) => (view.getUint32(offset, true) & mask) >>> 0,
      high: bytes === 8 ? (view, offset) => view.getUint32(offset + 4, true) : none,
    };
  }
  const read = narrowReader(size, signed);
  const mask = bytes >= 4 ? 0xffff_ffff : 2 ** (8 * bytes) - 1;
  return {
    low: (view, offset) => (read(view, offset) & mask) >>> 0,
    high: bytes === 8 && signed ? (view, offset) => (read(view, offset) < 0 ? 0xffff_ffff : 0) : none,
  };
}

function none(): number {
  return 0;
}

function narrowReader(size: number, signed: boolean): HalfReader {
  switch (size) {
    case 1:
      return signed ? (view, offset) => view.getInt8(offset) : (view, offset) => view.getUint8(offset);
    case 2:
      return signed ? (view, offset) => view.getInt16(offset, true) : (view, offset) => view.getUint16(offset, true);
    default:
      return signed ? (view, offset) => view.getInt32(offset, true) : (view, offset) => view.getUint32(offset, true);
  }
}

function decimal(type: Type, operand: Operand, bytes: number, signed: boolean): ValueWriter {
  // Cutting a little-endian number is reading fewer of its bytes: the usual cases need no operand at all.
  if (bytes <= sizeOf(type)) return decimalWriter(bytes, signed);
  const { low, high } = operand;
  if (bytes === 8) {
    return signed
      ? (out, { view }, offset) => out.signed(high(view, offset), low(view, offset))
      : (out, { view }, offset) => out.unsigned(high(view, offset), low(view, offset));
  }
  const spare = 32 - 8 * bytes;
  return signed
    ? (out, { view }, offset) => out.integer((low(view, offset) << spare) >> spare)
    : (out, { view }, offset) => out.natural(low(view, offset));
}

function withPlus({ plus }: Conversion, write: ValueWriter): ValueWriter {
  if (!plus) return write;
  return (out, memory, offset, end) => {
    const start = out.length;
    write(out, memory, offset, end);
    if (out.bytes[start] === MINUS) return;
    out.shift(start, 1);
    out.bytes[start] = PLUS;
  };
}

function hexadecimal({ low, high }: Operand, base: boolean, upper: boolean): ValueWriter {
  return (out, { view }, offset) => {
    const upperHalf = high(view, offset);
    const lowerHalf = low(view, offset);
    if (base && (upperHalf !== 0 || lowerHalf !== 0)) writeBase(out, upper ? UPPER_X : LOWER_X);
    out.hexadecimal(upperHalf, lowerHalf, upper);
  };
}

function writeBase(out: OutputBuffer, letter: number): void {
  out.byte(ZERO);
  out.byte(letter);
}

function octal({ low, high }: Operand, base: boolean): ValueWriter {
  return (out, { view }, offset) => {
    const upperHalf = high(view, offset);
    const lowerHalf = low(view, offset);
    if (base && (upperHalf !== 0 || lowerHalf !== 0)) out.byte(ZERO);
    out.octal(upperHalf, lowerHalf);
  };
}
