// Hand-made Images for tests: programs as instructions, without a compiler.

import type { AttachPoint, Image, MapDefinition, Program, RecordDefinition, Relocation } from '../../../image/index.ts';
import { encode, type Instruction } from '../../../isa/index.ts';

export interface TestProgram {
  readonly kind: string;
  readonly attachKind?: string;
  readonly code: readonly (Instruction | readonly Instruction[])[];
  readonly relocations?: readonly Relocation[];
  readonly attach: readonly AttachPoint[];
  readonly name?: string;
  readonly lines?: Program['lines'];
  readonly functions?: Program['functions'];
}

export interface TestImage {
  readonly maps?: readonly MapDefinition[];
  readonly programs: readonly TestProgram[];
  readonly records?: readonly RecordDefinition[];
  readonly text?: string;
}

export function testImage({ maps = [], programs, records = [], text = '' }: TestImage): Image {
  return {
    version: 1,
    sources: [{ name: 'test.bt', text }],
    programs: programs.map(testProgram),
    maps,
    records,
    probes: ['probe'],
    license: 'GPL',
    settings: {
      ringBytes: 0,
      printMapsOnExit: true,
      truncationTrailer: '..',
      missingProbes: 'error',
      maxCatBytes: 10240,
      demangle: true,
    },
  };
}

function testProgram(program: TestProgram, index: number): Program {
  const name = program.name ?? `test_${index}`;
  return {
    name,
    kind: program.kind,
    ...(program.attachKind !== undefined && { attachKind: program.attachKind }),
    code: encode(program.code.flat()),
    relocations: program.relocations ?? [],
    functions: program.functions ?? [{ name, slot: 0, shape: 'entry' }],
    lines: program.lines ?? [],
    attach: program.attach,
    counters: index,
  };
}

export function ringMap(bytes = 0): MapDefinition {
  return {
    name: 'ring',
    kind: 'ringbuf',
    keySize: 0,
    valueSize: 0,
    maxEntries: bytes,
    flags: 0,
    role: { kind: 'ring' },
  };
}

export function privateMap(kind: string, keySize: number, valueSize: number, maxEntries: number): MapDefinition {
  return { name: kind, kind, keySize, valueSize, maxEntries, flags: 0, role: { kind: 'private' } };
}
