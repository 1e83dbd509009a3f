// Integers, booleans, pointers and enumerations.

import { utf8Bytes } from '../../base/bytes.ts';
import type { Field, Memory, TypeOf } from '../../image/index.ts';
import type { OutputBuffer } from '../output-buffer.ts';
import { quoted, type ValueContext, type ValueFormat, type ValueWriter } from './value.ts';

const TRUE = utf8Bytes('true');
const FALSE = utf8Bytes('false');
const QUOTE = 34;

export function boolFormat(): ValueFormat {
  const write: ValueWriter = (out, memory, offset) => out.copy(memory.u8[offset] === 0 ? FALSE : TRUE);
  return { text: write, json: write };
}

export function intFormat(type: TypeOf<'int'>): ValueFormat {
  const text = decimalWriter(type.size, type.signed);
  return { text, json: type.size === 8 ? wideJson(text, type.signed) : text };
}

/** Writes an integer of memory in decimal. */
export function decimalWriter(size: number, signed: boolean): ValueWriter {
  switch (size) {
    case 1:
      return signed
        ? (out, memory, offset) => out.integer(memory.view.getInt8(offset))
        : (out, memory, offset) => out.natural(memory.u8[offset]!);
    case 2:
      return signed
        ? (out, memory, offset) => out.integer(memory.view.getInt16(offset, true))
        : (out, memory, offset) => out.natural(memory.view.getUint16(offset, true));
    case 4:
      return signed
        ? (out, memory, offset) => out.integer(memory.view.getInt32(offset, true))
        : (out, memory, offset) => out.natural(memory.view.getUint32(offset, true));
    default:
      return signed
        ? (out, { view }, offset) => out.signed(view.getUint32(offset + 4, true), view.getUint32(offset, true))
        : (out, { view }, offset) => out.unsigned(view.getUint32(offset + 4, true), view.getUint32(offset, true));
  }
}

/** JSON readers keep numbers as doubles; what would change there is written as a string. */
function wideJson(text: ValueWriter, signed: boolean): ValueWriter {
  return (out, memory, offset, end) => {
    const high = memory.view.getInt32(offset + 4, true);
    const exact = (high >= 0 || signed) && high >= -0x20_0000 && high < 0x20_0000;
    if (exact || isExact(readInteger(memory, offset, 8, signed))) {
      text(out, memory, offset, end);
      return;
    }
    out.byte(QUOTE);
    text(out, memory, offset, end);
    out.byte(QUOTE);
  };
}

function isExact(value: bigint): boolean {
  return BigInt(Number(value)) === value;
}

/** A number in JSON: as a string when a double would change it. */
export function writeJsonNumber(out: OutputBuffer, value: bigint): void {
  const exact = isExact(value);
  if (!exact) out.byte(QUOTE);
  out.bigint(value);
  if (!exact) out.byte(QUOTE);
}

/** An integer of memory, for what is printed rarely. */
export function readInteger(memory: Memory, offset: number, size: number, signed: boolean): bigint {
  const { view } = memory;
  switch (size) {
    case 1:
      return BigInt(signed ? view.getInt8(offset) : view.getUint8(offset));
    case 2:
      return BigInt(signed ? view.getInt16(offset, true) : view.getUint16(offset, true));
    case 4:
      return BigInt(signed ? view.getInt32(offset, true) : view.getUint32(offset, true));
    default:
      return signed ? view.getBigInt64(offset, true) : view.getBigUint64(offset, true);
  }
}

export function pointerFormat(): ValueFormat {
  const json = intFormat({ kind: 'int', size: 8, signed: false }).json;
  return { text: pointerText, json };
}

export const pointerText: ValueWriter = (out, { view }, offset) => {
  out.byte(48);
  out.byte(120);
  out.hexadecimal(view.getUint32(offset + 4, true), view.getUint32(offset, true));
};

/**
 * C enumerations are numbers in JSON, as upstream. The table of probes is an enumeration only on the wire: for a person
 * it is text everywhere.
 */
export function enumFormat(type: TypeOf<'enum'>, context: ValueContext): ValueFormat {
  const number = intFormat({ kind: 'int', size: type.size, signed: type.signed });
  const names = enumNames(type, context);
  const text: ValueWriter = (out, memory, offset, end) => {
    const name = names.get(enumKey(memory, offset, type));
    if (name) out.copy(name);
    else number.text(out, memory, offset, end);
  };
  return { text, json: isTextTable(type) ? quoted(text, context) : number.json };
}

/** Whether an enumeration only stands for texts that need not travel with every record. */
export function isTextTable(type: TypeOf<'enum'>): boolean {
  return type.name === 'probe';
}

/** The names by value; values that a double cannot hold keep their bigint. */
function enumNames(type: TypeOf<'enum'>, { probes }: ValueContext): Map<number | bigint, Uint8Array> {
  const names = new Map<number | bigint, Uint8Array>();
  if (isTextTable(type)) for (const [index, name] of probes.entries()) names.set(index, utf8Bytes(name));
  for (const { name, value } of type.values) {
    const number = Number(value);
    const key = Number.isSafeInteger(number) ? number : value;
    // Of names for one value the first is the one that C prints.
    if (!names.has(key)) names.set(key, utf8Bytes(name));
  }
  return names;
}

function enumKey(memory: Memory, offset: number, { size, signed }: TypeOf<'enum'>): number | bigint {
  if (size < 4) return Number(readInteger(memory, offset, size, signed));
  const { view } = memory;
  if (size === 4) return signed ? view.getInt32(offset, true) : view.getUint32(offset, true);
  const high = signed ? view.getInt32(offset + 4, true) : view.getUint32(offset + 4, true);
  const key = high * 0x1_0000_0000 + view.getUint32(offset, true);
  return Number.isSafeInteger(key) ? key : readInteger(memory, offset, size, signed);
}

/** A bit field: the bits of an integer that lies at the field's offset. */
export function bitFieldFormat(field: Field): ValueFormat {
  const type = field.type;
  const { shift, width } = field.bits!;
  const size = type.kind === 'int' || type.kind === 'enum' ? type.size : 1;
  const signed = (type.kind === 'int' || type.kind === 'enum') && type.signed;
  const read = (memory: Memory, offset: number): bigint => {
    const bits = readInteger(memory, offset, size, false) >> BigInt(shift);
    return signed ? BigInt.asIntN(width, bits) : BigInt.asUintN(width, bits);
  };
  if (type.kind === 'bool') {
    const write: ValueWriter = (out, memory, offset) => out.copy(read(memory, offset) === 0n ? FALSE : TRUE);
    return { text: write, json: write };
  }
  const names = new Map(type.kind === 'enum' ? type.values.map(({ name, value }) => [value, name]) : []);
  return {
    text: (out, memory, offset) => out.text(names.get(read(memory, offset)) ?? read(memory, offset).toString()),
    json: (out, memory, offset) => writeJsonNumber(out, read(memory, offset)),
  };
}
