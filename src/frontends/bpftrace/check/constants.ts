// Values that are known while a script is compiled.

import { stringType } from '../../../image/index.ts';
import { stringBytes } from '../parse/literals.ts';
import { literalType, type TypeInfo } from './types.ts';

/** A number that was written. */
export function literal(value: bigint): TypeInfo {
  return { type: literalType(value), constant: value };
}

/** A string with its NUL. */
export function stringInfo(value: string): TypeInfo {
  return { type: stringType(stringBytes(value).length + 1), constant: value };
}

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;

/** A parameter of the script as a number, or undefined when it is not one. */
export function parameterNumber(text: string): bigint | undefined {
  if (!INTEGER.test(text)) return undefined;
  const digits = text.replace(/^[-+]/, '');
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  if (value >= 1n << 64n) return undefined;
  return text.startsWith('-') ? -value : value;
}
