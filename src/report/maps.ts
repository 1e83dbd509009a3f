// Maps of the script: everything needed to print one, compiled once.

import type { Image, MapSnapshot } from '../image/index.ts';
import type { HistogramKind } from './histogram.ts';
import { type KeyOrder, keyOrder, orderRows } from './map-order.ts';
import { type MapContents, type MapRow, readRows, type ScriptMap } from './map-reader.ts';
import type { SeriesKind } from './tseries.ts';
import { keyFormat } from './values/composites.ts';
import type { ValueContext, ValueFormat, ValueWriter } from './values/index.ts';
import { quoted } from './values/value.ts';

/** How one map is printed. */
export interface MapPrinter {
  /** `@` or `@name`. */
  readonly name: string;
  readonly map: ScriptMap;
  /** How keys are written: in text between brackets, in JSON as the name of a member. */
  readonly key?: ValueFormat;
  /** How plain values are written. */
  readonly value?: ValueFormat;
  readonly histogram?: HistogramKind;
  readonly series?: SeriesKind;
  readonly order: KeyOrder;
}

/** The contents of a map at one moment, in the order in which they are printed. */
export interface MapTable {
  readonly printer: MapPrinter;
  readonly contents: MapContents;
  readonly rows: readonly MapRow[];
  /** Where a key that begins at an offset ends. */
  readonly keyBytes: number;
}

/** The printers of an Image's maps by map number; maps that are not of the script have none. */
export function compileMaps(image: Image, context: ValueContext): ReadonlyMap<number, MapPrinter> {
  const printers = new Map<number, MapPrinter>();
  for (const [index, { role }] of image.maps.entries()) {
    if (role.kind === 'script') printers.set(index, compileMap(role, context));
  }
  return printers;
}

function compileMap(map: ScriptMap, context: ValueContext): MapPrinter {
  const aggregation = map.value.kind === 'aggregation' ? map.value.aggregation : undefined;
  return {
    name: map.name.startsWith('@') ? map.name : `@${map.name}`,
    map,
    order: keyOrder(map.key, context.probes),
    ...(map.key ? { key: compileKey(map.key, context) } : {}),
    ...(map.value.kind === 'plain' ? { value: context.compile(map.value.type) } : {}),
    ...(aggregation?.kind === 'hist' || aggregation?.kind === 'lhist' ? { histogram: aggregation } : {}),
    ...(aggregation?.kind === 'tseries' ? { series: aggregation } : {}),
  };
}

function compileKey(type: NonNullable<ScriptMap['key']>, context: ValueContext): ValueFormat {
  const writer = (separator: string): ValueWriter =>
    type.kind === 'tuple' ? keyFormat(type, separator, context) : context.compile(type).text;
  return { text: writer(', '), json: quoted(writer(','), context) };
}

/** Reads, joins and sorts a map. `top` 0 keeps all rows, a divisor of 0 divides by nothing. */
export function readTable(printer: MapPrinter, snapshot: MapSnapshot, top: bigint, divisor: bigint): MapTable {
  const contents = readRows(printer.map, snapshot, divisor === 0n ? 1n : divisor);
  const limit = top > BigInt(contents.rows.length) ? 0 : Number(top);
  return { printer, contents, rows: orderRows(contents, printer.order, limit), keyBytes: snapshot.keySize };
}
