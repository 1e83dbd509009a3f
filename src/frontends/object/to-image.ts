// An object as an Image, so that the engines that run scripts run it too.

import type { CodeFunction, Image, LineEntry, Program, Relocation } from '../../image/index.ts';
import { encode } from '../../isa/index.ts';
import { attachPoints } from './attach.ts';
import type { LineRecord } from './btf-ext.ts';
import type { FunctionShape } from './function-shapes.ts';
import type { BpfObject, ObjectProgram } from './object.ts';

export function objectImage(object: BpfObject): Image {
  const sources = new Sources(object.programs.flatMap((program) => program.lines));
  return {
    version: 1,
    sources: sources.list,
    programs: object.programs.map((program, index) => imageProgram(program, index, sources)),
    maps: object.maps,
    records: [],
    probes: object.programs.map((program) => program.section),
    license: object.license,
    settings: {
      ringBytes: 0,
      printMapsOnExit: false,
      truncationTrailer: '',
      missingProbes: 'error',
      maxCatBytes: 0,
      demangle: true,
    },
  };
}

function imageProgram(program: ObjectProgram, index: number, sources: Sources): Program {
  const { name, kind, attachKind, meaning } = program;
  return {
    name,
    kind,
    ...(attachKind !== undefined && { attachKind }),
    ...(meaning.sleepable && { sleepable: true }),
    code: encode(program.instructions),
    relocations: relocationsOf(program),
    functions: program.functions.map(codeFunction),
    lines: program.lines.map((line) => sources.entry(line)),
    attach: attachPoints(meaning, index),
    counters: 0,
  };
}

function relocationsOf({ mapReferences, kernelReferences }: ObjectProgram): Relocation[] {
  const maps = mapReferences.map(({ slot, map, offset }): Relocation => {
    return offset === undefined ? { kind: 'map', slot, map } : { kind: 'map-value', slot, map, offset };
  });
  return [...maps, ...kernelReferences].sort((a, b) => a.slot - b.slot);
}

function codeFunction({ name, start, callback, parameters }: FunctionShape): CodeFunction {
  if (start === 0) return { name, slot: start, shape: 'entry' };
  const count = parameters?.length ?? 5;
  if (callback && count === 4) return { name, slot: start, shape: 'map-callback' };
  if (callback && count === 2) return { name, slot: start, shape: 'loop-callback' };
  return { name, slot: start, shape: { parameters: count } };
}

/** The texts of the source files as far as line tables have them: lines that made no code are empty. */
class Sources {
  readonly list: readonly { readonly name: string; readonly text: string }[];
  readonly #files = new Map<string, { readonly index: number; readonly starts: readonly number[] }>();

  constructor(records: readonly LineRecord[]) {
    const files = new Map<string, string[]>();
    for (const { file, line, text } of records) {
      const lines = files.get(file) ?? [];
      if (line > 0) lines[line - 1] = text;
      files.set(file, lines);
    }
    this.list = [...files].map(([name, sparse], index) => {
      const lines = Array.from(sparse, (line) => line ?? '');
      let at = 0;
      const starts = lines.map((line) => {
        const start = at;
        at += line.length + 1;
        return start;
      });
      this.#files.set(name, { index, starts });
      return { name, text: lines.map((line) => `${line}\n`).join('') };
    });
  }

  entry({ slot, file, line, text, column }: LineRecord): LineEntry {
    const { index, starts } = this.#files.get(file)!;
    const start = starts[line - 1] ?? 0;
    const indent = text.length - text.trimStart().length;
    const from = column > 0 && column <= text.length ? column - 1 : indent;
    return { slot, location: { source: index, start: start + from, end: start + text.length } };
  }
}
