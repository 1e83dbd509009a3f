// Whether a piece of data is an Image whose parts fit together: every index points at something. Engines and the report
// rely on it; what the code of a program does is the verifier's matter.

import type { AttachPoint, Image, MapDefinition, Program, Relocation } from './image.ts';

/** What is wrong with an Image, as the rest of a sentence, or undefined when it is sound. */
export function validateImage(data: unknown): string | undefined {
  if (!isObject(data)) return 'it is not an object';
  for (const key of ['sources', 'programs', 'maps', 'records', 'probes']) {
    if (!Array.isArray(data[key])) return `'${key}' is not a list`;
  }
  if (!isObject(data['settings'])) return "'settings' is missing";
  const image = data as unknown as Image;
  return (
    first(image.programs, (program, index) => under(`program ${index}`, checkProgram(program, image))) ??
    first(image.maps, (map, index) => under(`map ${index}`, checkMap(map, image))) ??
    first(image.records, (record, index) => under(`record ${index}`, checkRecord(record, image)))
  );
}

function checkProgram(program: Program, image: Image): string | undefined {
  if (!isObject(program) || !(program.code instanceof Uint8Array)) return 'has no code';
  if (program.code.length === 0 || program.code.length % 8 !== 0) return 'has code that is not whole instructions';
  const slots = program.code.length / 8;
  if (program.functions[0]?.slot !== 0) return 'has no function at its start';
  return (
    first(program.functions, (one) => outside('function', one.slot, slots)) ??
    first(program.lines, (line) => outside('line', line.slot, slots)) ??
    first(program.relocations, (relocation) => checkRelocation(relocation, slots, image)) ??
    first(program.attach, (attach) => checkAttach(attach, image))
  );
}

function checkRelocation(relocation: Relocation, slots: number, image: Image): string | undefined {
  const place = outside('relocation', relocation.slot, slots);
  if (place) return place;
  if (relocation.kind !== 'map' && relocation.kind !== 'map-value') return undefined;
  return outside('relocation to map', relocation.map, image.maps.length);
}

function checkAttach(attach: AttachPoint, image: Image): string | undefined {
  const name = outside('attach point of probe', attach.probe, image.probes.length);
  if (name || attach.kind !== 'syscalls') return name;
  return outside('dispatch map', attach.dispatch, image.maps.length);
}

function checkMap(map: MapDefinition, image: Image): string | undefined {
  if (!isObject(map) || !isObject(map.role)) return 'has no role';
  if (map.role.kind === 'cache' || map.role.kind === 'keys') {
    const missing = outside(`${map.role.kind} of map`, map.role.of, image.maps.length);
    if (missing) return missing;
  }
  const sizes = [map.keySize, map.valueSize, map.maxEntries];
  return sizes.every((size) => Number.isInteger(size) && size >= 0) ? undefined : 'has a size that is not a number';
}

function checkRecord(record: Image['records'][number], image: Image): string | undefined {
  if (!isObject(record) || !Array.isArray(record.fields)) return 'has no fields';
  return 'map' in record ? outside('record of map', record.map, image.maps.length) : undefined;
}

function outside(what: string, index: unknown, length: number): string | undefined {
  const inside = Number.isInteger(index) && (index as number) >= 0 && (index as number) < length;
  return inside ? undefined : `has ${what} ${String(index)}, which does not exist`;
}

function first<T>(items: readonly T[], check: (item: T, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const problem = check(item, index);
    if (problem) return problem;
  }
  return undefined;
}

function under(what: string, problem: string | undefined): string | undefined {
  return problem && `${what} ${problem}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
