// Builds a small program with the library, runs it once in the kernel as `begin` and gives back what it left.

import { test } from 'vitest';
import { type FeatureName, featuresOf } from '../../../engines/kernel/features.ts';
import { kernelEngine } from '../../../engines/kernel/index.ts';
import { nativeSys } from '../../../engines/kernel/sys/native.ts';
import { whyNoBpf } from '../../../engines/kernel/testing/bpf-allowed.ts';
import {
  type Counter,
  type Image,
  INT64,
  layoutOf,
  type MapSnapshot,
  type RecordDefinition,
  sizeOf,
  type Type,
} from '../../../image/index.ts';
import type { Instruction } from '../../ir.ts';
import { link } from '../../link.ts';
import {
  type ModuleBuilder,
  type Operand,
  ProgramBuilder,
  readMap,
  registerOf,
  type ScriptMap,
  sendRecord,
} from '../index.ts';
import { testModule } from './module.ts';

export { testModule } from './module.ts';

/** Why tests on the kernel cannot run here, or undefined. */
export const skipReason = whyNoBpf();

/** A test that is skipped, and says why, on kernels without some features. */
export function testWith(features: readonly FeatureName[], name: string, body: () => void): void {
  const missing = skipReason ? undefined : features.find((one) => !featuresOf(nativeSys()).has(one));
  test.skipIf(missing)(missing ? `${name} (no ${missing} in this kernel)` : name, body);
}

export interface ReceivedRecord {
  readonly definition: RecordDefinition;
  readonly fields: readonly unknown[];
  /** Bytes on the wire. */
  readonly length: number;
}

export interface Outcome {
  readonly records: readonly ReceivedRecord[];
  /** The fields of the records that `emit` sent. */
  readonly values: readonly (readonly unknown[])[];
  readonly counters: Record<Counter, bigint>;
  snapshot(map: ScriptMap): MapSnapshot;
  readonly image: Image;
}

/** Sends values to the test. */
export function emit(p: ProgramBuilder, ...operands: Operand[]): void {
  sendRecord(p, { kind: 'printf', format: '', stream: 'out' }, operands);
}

const zeroMaps = new WeakMap<ModuleBuilder, ScriptMap>();

/** A number that the compiler does not know. */
export function opaque(p: ProgramBuilder, value: bigint | number): Instruction {
  let map = zeroMaps.get(p.module);
  if (!map) {
    map = p.module.scriptMap({ name: '@zero', value: { kind: 'plain', type: INT64 }, maxEntries: 1 });
    zeroMaps.set(p.module, map);
  }
  return p.b.add(registerOf(readMap(p, map)), value);
}

/** Makes an Image of one program that runs at the start. */
export function compileProgram(body: (p: ProgramBuilder, module: ModuleBuilder) => void, module = testModule()): Image {
  const p = new ProgramBuilder(module, { name: 'test_1', kind: 'raw_tracepoint' });
  p.start();
  body(p, module);
  p.finish([{ kind: 'begin', probe: module.addProbe('begin') }]);
  return link(module.finish(), { verify: true });
}

/** Builds a program, runs it `times` times and reads everything back. */
export function runProgram(
  body: (p: ProgramBuilder, module: ModuleBuilder) => void,
  { module = testModule(), times = 1 }: { module?: ModuleBuilder; times?: number } = {},
): Outcome {
  const image = compileProgram(body, module);
  const loaded = kernelEngine().load(image, {});
  try {
    const records: ReceivedRecord[] = [];
    for (let round = 0; round < times; round++) {
      loaded.run('begin');
      loaded.drain((memory, offset, length) => {
        const bytes = memory.u8.slice(offset, offset + length);
        records.push(decode(image, bytes));
      });
    }
    const snapshots = image.maps.map((map, index) => (map.role.kind === 'script' ? loaded.readMap(index) : undefined));
    return {
      records,
      values: records.filter(({ definition }) => definition.kind === 'printf').map(({ fields }) => fields),
      counters: loaded.counters()[0]!,
      snapshot: (map) => snapshots[map.index]!,
      image,
    };
  } finally {
    loaded.close();
  }
}

function decode(image: Image, bytes: Uint8Array): ReceivedRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const definition = image.records[view.getUint32(0, true)]!;
  const fields = layoutOf(definition).fields.map(({ type, offset }) => readValue(type, bytes, offset));
  return { definition, fields, length: bytes.length };
}

/** A value as tests compare it: numbers as bigint, strings as text, aggregates as lists. */
export function readValue(type: Type, bytes: Uint8Array, offset = 0): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset);
  switch (type.kind) {
    case 'string': {
      const raw = bytes.subarray(offset, offset + type.size);
      const end = raw.indexOf(0);
      return new TextDecoder('latin1').decode(end === -1 ? raw : raw.subarray(0, end));
    }
    case 'tuple':
    case 'record':
      return type.fields.map((field) => readValue(field.type, bytes, offset + field.offset));
    case 'buffer':
      return [...bytes.subarray(offset + 4, offset + 4 + view.getUint32(0, true))];
    case 'array':
      return Array.from({ length: type.length }, (_, index) =>
        readValue(type.element, bytes, offset + index * sizeOf(type.element)),
      );
    case 'inet':
    case 'mac':
    case 'usym':
    case 'kstack':
    case 'ustack':
      return [...bytes.subarray(offset, offset + sizeOf(type))];
    default:
      return readInteger(view, sizeOf(type), 'signed' in type && type.signed);
  }
}

function readInteger(view: DataView, size: number, signed: boolean): bigint {
  let value = 0n;
  for (let at = size - 1; at >= 0; at--) value = (value << 8n) | BigInt(view.getUint8(at));
  return signed ? BigInt.asIntN(size * 8, value) : value;
}

/** The entries of a keyed map as `[key bytes, values of all CPUs]`. */
export function entriesOf(snapshot: MapSnapshot): { key: Uint8Array; values: Uint8Array[] }[] {
  const { count, keys, keySize, values, stride, cpus, valueSize } = snapshot;
  return Array.from({ length: count }, (_, index) => ({
    key: keys.subarray(index * keySize, (index + 1) * keySize),
    values: Array.from({ length: cpus }, (_, cpu) => {
      const at = (index * cpus + cpu) * stride;
      return values.subarray(at, at + valueSize);
    }),
  }));
}

/** The u64 at an offset, summed over CPUs. */
export function total(values: readonly Uint8Array[], offset = 0): bigint {
  return values.reduce(
    (sum, bytes) => sum + new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(offset, true),
    0n,
  );
}

/** Tells a test runner why a group is skipped. */
export function title(name: string): string {
  return skipReason ? `${name} (${skipReason})` : name;
}
