// The order in which the rows of a map are printed: by value where the value is a number, else by key, the largest last.
// Rows that upstream leaves in the kernel's order keep the engine's.

import type { Memory, Type } from '../image/index.ts';
import type { MapContents, MapRow } from './map-reader.ts';
import { isTextTable, readInteger } from './values/numbers.ts';

/** Compares two keys by where they lie; 0 when they are equal or have no order. */
export type KeyOrder = (keys: Memory, a: number, b: number) => number;

/** Sorts the rows, then keeps the `top` largest; 0 keeps all. */
export function orderRows(contents: MapContents, order: KeyOrder, top: number): readonly MapRow[] {
  const { rows, keys } = contents;
  // Equal values stand in the order of their keys, so that two prints of one map look the same.
  rows.sort((a, b) => compareRanks(a.rank, b.rank) || order(keys, a.key, b.key));
  return top > 0 && top < rows.length ? rows.slice(rows.length - top) : rows;
}

function compareRanks(a: bigint | undefined, b: bigint | undefined): number {
  if (a === undefined || b === undefined || a === b) return 0;
  return a < b ? -1 : 1;
}

/** The order of keys of a type. `probes` are the texts of the table `probe`. */
export function keyOrder(type: Type | undefined, probes: readonly string[]): KeyOrder {
  switch (type?.kind) {
    case 'int':
    case 'bool': {
      const size = type.kind === 'bool' ? 1 : type.size;
      const signed = type.kind === 'int' && type.signed;
      return integerOrder(size, signed);
    }
    case 'enum':
      return isTextTable(type) ? probeOrder(probes, type.size) : integerOrder(type.size, type.signed);
    case 'string':
      return stringOrder(type.size);
    case 'tuple':
    case 'record': {
      const fields = type.fields.map((field) => ({ offset: field.offset, order: keyOrder(field.type, probes) }));
      return (keys, a, b) => {
        for (const { offset, order } of fields) {
          const difference = order(keys, a + offset, b + offset);
          if (difference !== 0) return difference;
        }
        return 0;
      };
    }
    default:
      return () => 0;
  }
}

/** Unsigned 64-bit keys are compared signed, as upstream. */
function integerOrder(size: number, signed: boolean): KeyOrder {
  return (keys, a, b) => {
    const left = readInteger(keys, a, size, signed || size === 8);
    const right = readInteger(keys, b, size, signed || size === 8);
    return left < right ? -1 : left > right ? 1 : 0;
  };
}

function stringOrder(size: number): KeyOrder {
  return ({ u8 }, a, b) => {
    for (let index = 0; index < size; index++) {
      const left = u8[a + index]!;
      const difference = left - u8[b + index]!;
      if (difference !== 0) return difference;
      if (left === 0) return 0;
    }
    return 0;
  };
}

function probeOrder(probes: readonly string[], size: number): KeyOrder {
  const name = (keys: Memory, at: number) => probes[Number(readInteger(keys, at, size, false))] ?? '';
  return (keys, a, b) => {
    const left = name(keys, a);
    const right = name(keys, b);
    return left < right ? -1 : left > right ? 1 : 0;
  };
}
