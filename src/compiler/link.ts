// The driver: a module of functions to an Image.

import type { Source, Span } from '../base/source.ts';
import type { Image, LineEntry, Location, Program } from '../image/index.ts';
import { encode } from '../isa/index.ts';
import { type AllocateOptions, allocate } from './allocate.ts';
import { type EmittedProgram, emitProgram } from './emit.ts';
import { functionsOf } from './functions.ts';
import type { Func, Module, ProgramDefinition } from './ir.ts';
import { optimise } from './optimise.ts';
import { select } from './select.ts';

export interface LinkOptions extends AllocateOptions {
  /** Check the intermediate form after each pass. */
  readonly verify?: boolean;
}

/** Optimises and emits all programs and assembles the Image. Changes the functions of the module. */
export function link(module: Module, options: LinkOptions = {}): Image {
  optimiseModule(module, options);
  const sources = new SourceTable(module.sources);
  const programs = module.programs.map((program) => linkProgram(program, sources, options));
  return {
    version: 1,
    sources: sources.list.map(({ name, text }) => ({ name, text })),
    programs,
    maps: module.maps,
    records: module.records,
    probes: module.probes,
    license: module.license,
    settings: module.settings,
  };
}

/** Optimises every function of the module, in place. */
export function optimiseModule(module: Module, options: Pick<LinkOptions, 'verify'> = {}): void {
  const done = new Set<Func>();
  for (const { entry } of module.programs) {
    for (const func of functionsOf(entry)) {
      if (done.has(func)) continue;
      done.add(func);
      optimise(func, options);
    }
  }
}

/** Instructions for an optimised program. */
export function emit(program: ProgramDefinition, options: AllocateOptions = {}): EmittedProgram {
  const machines = functionsOf(program.entry).map((func) => {
    const machine = select(func);
    allocate(machine, options);
    return machine;
  });
  return emitProgram(machines);
}

function linkProgram(program: ProgramDefinition, sources: SourceTable, options: LinkOptions): Program {
  const emitted = emit(program, options);
  return {
    name: program.name,
    kind: program.kind,
    ...(program.attachKind === undefined ? {} : { attachKind: program.attachKind }),
    ...(program.sleepable === undefined ? {} : { sleepable: program.sleepable }),
    code: encode(emitted.code),
    relocations: emitted.relocations,
    functions: emitted.functions,
    lines: emitted.lines.map(({ slot, span }): LineEntry => ({ slot, location: sources.locate(span) })),
    attach: program.attach,
    counters: program.counters,
  };
}

class SourceTable {
  readonly list: Source[];

  constructor(sources: readonly Source[]) {
    this.list = [...sources];
  }

  locate(span: Span): Location {
    let source = this.list.indexOf(span.source);
    if (source === -1) source = this.list.push(span.source) - 1;
    return { source, start: span.start, end: span.end };
  }
}
