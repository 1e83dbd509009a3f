// The maps of a script: what all their uses have in common.

import type { Span } from '../../../base/source.ts';
import { type Aggregation, type MapValue, sameType, type Type, UINT64 } from '../../../image/index.ts';
import type { MapDeclaration } from '../ast.ts';
import type { MapInfo } from './context.ts';
import { join, nameOf, type TypeInfo, UNRESOLVED_INFO } from './types.ts';

export class MapTable {
  readonly #maps = new Map<string, MapInfo>();
  readonly #declarations: ReadonlyMap<string, MapDeclaration>;
  /** Something became known or wider since the last round. */
  changed = false;
  /** Maps get their type from each other alone (`@x = @x + 1`): arithmetic then takes what it knows for what it does not. */
  circular = false;

  constructor(declarations: ReadonlyMap<string, MapDeclaration>) {
    this.#declarations = declarations;
  }

  get all(): ReadonlyMap<string, MapInfo> {
    return this.#maps;
  }

  /** The map of a name; made when it is used first. */
  get(name: string, span: Span): MapInfo {
    let map = this.#maps.get(name);
    if (!map) {
      const declaration = this.#declarations.get(name);
      map = {
        name,
        span,
        declaration,
        maxEntries: undefined,
        key: undefined,
        shape: undefined,
        value: UNRESOLVED_INFO,
        aggregation: undefined,
        written: false,
        read: false,
      };
      this.#maps.set(name, map);
      this.changed = true;
    }
    return map;
  }

  /** Joins a key into the map's key type; false when they have nothing in common. */
  joinKey(map: MapInfo, key: TypeInfo): boolean {
    const joined = map.key ? joinInfo(map.key, key) : key;
    if (!joined) return false;
    if (!map.key || !sameType(map.key.type, joined.type)) this.changed = true;
    map.key = joined;
    return true;
  }

  /** Joins a value into the map's value type; false when they have nothing in common. */
  joinValue(map: MapInfo, value: TypeInfo): boolean {
    if (map.aggregation) return false;
    const joined = joinInfo(map.value, value);
    if (!joined) return false;
    if (!sameType(map.value.type, joined.type)) this.changed = true;
    map.value = joined;
    return true;
  }

  /** Says what the map aggregates; false when it already holds something else. */
  joinAggregation(map: MapInfo, aggregation: Aggregation): boolean {
    if (map.value !== UNRESOLVED_INFO) return false;
    if (!map.aggregation) {
      map.aggregation = aggregation;
      this.changed = true;
      return true;
    }
    const joined = joinAggregations(map.aggregation, aggregation);
    if (!joined) return false;
    if (!sameAggregation(map.aggregation, joined)) this.changed = true;
    map.aggregation = joined;
    return true;
  }
}

/** The common type, and the constant as long as it is the only one: it decides whether the sign is still open. */
export function joinInfo(known: TypeInfo, added: TypeInfo): TypeInfo | undefined {
  if (known === UNRESOLVED_INFO) return added;
  const type = join(known, added);
  if (!type) return undefined;
  const numbers = typeof known.constant === 'bigint' && typeof added.constant === 'bigint';
  // Of numbers that were written the largest stays, so that what they meet next sees whether they all fit.
  if (numbers && known.constant! >= 0n && added.constant! >= 0n) {
    return { type, constant: known.constant! > added.constant! ? known.constant! : added.constant! };
  }
  return { type };
}

function joinAggregations(a: Aggregation, b: Aggregation): Aggregation | undefined {
  if (sameAggregation(a, b)) return a;
  // sum(1) and sum(-1) are one signed sum.
  if ('signed' in a && 'signed' in b && sameAggregation({ ...a, signed: true }, { ...b, signed: true })) {
    return { ...a, signed: true };
  }
  return undefined;
}

function sameAggregation(a: Aggregation, b: Aggregation): boolean {
  return describe(a) === describe(b);
}

function describe(aggregation: Aggregation): string {
  return JSON.stringify(aggregation, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value));
}

/** What aggregations are called in messages: `count_t`, `usum_t`. */
export function aggregationName(aggregation: Aggregation): string {
  const unsigned = 'signed' in aggregation && !aggregation.signed && aggregation.kind !== 'tseries';
  return `${unsigned ? 'u' : ''}${aggregation.kind}_t`;
}

/** What a map is said to hold. */
export function mapValueName(map: MapInfo): string {
  return map.aggregation ? aggregationName(map.aggregation) : nameOf(map.value.type);
}

/** The number that reading an aggregation gives; undefined for those that are more than a number. */
export function aggregationNumber(aggregation: Aggregation): Type | undefined {
  switch (aggregation.kind) {
    case 'count':
      return UINT64;
    case 'sum':
    case 'min':
    case 'max':
    case 'avg':
      return aggregation.signed ? { kind: 'int', size: 8, signed: true } : UINT64;
    default:
      return undefined;
  }
}

/** The map's value as the Image describes it. */
export function mapValue(map: MapInfo): MapValue {
  return map.aggregation
    ? { kind: 'aggregation', aggregation: map.aggregation }
    : { kind: 'plain', type: map.value.type };
}
