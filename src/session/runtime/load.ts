// Reads a file that holds programs, whatever it is: an object of a compiler, an Image, assembly text, hexadecimal digits or plain
// bytes. What it is shows in its first bytes.

import { fromHex, highHalf } from '../../base/bytes.ts';
import { type Diagnostic, Diagnostics } from '../../base/diagnostic.ts';
import { TraceError } from '../../base/error.ts';
import { nearest } from '../../base/text.ts';
import type { Btf } from '../../btf/index.ts';
import { relocate } from '../../engines/vm/image/relocate.ts';
import {
  type BpfObject,
  type KernelConfig,
  type LineRecord,
  type ObjectProgram,
  objectImage,
  readObject,
} from '../../frontends/object/index.ts';
import { type Image, isImageFile, type Program, readImage } from '../../image/index.ts';
import { assemble, decode, type Instruction, SLOT_SIZE } from '../../isa/index.ts';
import { type RuntimeMap, type RuntimeProgram, SLEEPABLE, XDP_FRAGMENTS } from './program.ts';

export type FileFormat = 'object' | 'image' | 'assembly' | 'hex' | 'bytes';

export interface RuntimeFile {
  readonly format: FileFormat;
  readonly programs: readonly RuntimeProgram[];
  /** What is wrong with the assembly text; then there are no programs. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface LoadFileOptions {
  /** Kind of program, by its short name; that of the file when left out, else socket_filter. */
  readonly kind?: string;
  readonly attachKind?: string;
  /** Maps of a program that is text or bytes, in order; its `map[fd:N]` is number N. */
  readonly maps?: readonly RuntimeMap[];
  /** Types of the kernel that programs are to run on. */
  readonly target?: () => Btf | undefined;
  readonly config?: KernelConfig;
  readonly tracepointField?: (tracepoint: string, field: string) => number | undefined;
  readonly kernelSymbol?: (name: string) => bigint | undefined;
}

/**
 * Reads a file.
 * @throws TraceError when it holds no program.
 */
export function loadRuntimeFile(name: string, bytes: Uint8Array, options: LoadFileOptions = {}): RuntimeFile {
  if (bytes.length === 0) throw new TraceError('ERR_INPUT', `${name} is empty.`);
  const format = formatOf(bytes);
  if (format === 'object') return plain(format, objectPrograms(bytes, options));
  if (format === 'image') return plain(format, imagePrograms(readImage(bytes), options));
  if (format === 'assembly') return assemblyProgram(name, new TextDecoder().decode(bytes), options);
  const code = format === 'hex' ? fromHex(new TextDecoder().decode(bytes)) : bytes;
  if (!code || code.length % SLOT_SIZE !== 0) {
    const what =
      format === 'hex'
        ? 'hexadecimal digits, but not 16 for each instruction'
        : 'bytes, but not eight for each instruction';
    throw new TraceError('ERR_INPUT', `${name} is ${what}.`);
  }
  return plain(format, [bareProgram(name, decode(code), options)]);
}

function plain(format: FileFormat, programs: readonly RuntimeProgram[]): RuntimeFile {
  return { format, programs, diagnostics: [] };
}

/** The program of that name, or the only one. */
export function chooseProgram(programs: readonly RuntimeProgram[], name: string | undefined): RuntimeProgram {
  const names = programs.map((program) => program.name);
  if (name !== undefined) {
    const found = programs.find((program) => program.name === name);
    if (found) return found;
    const near = nearest(name, names);
    throw new TraceError('ERR_INPUT', `There is no program '${name}' in the file; it has ${names.join(', ')}.`, {
      hints: near === undefined ? [] : [`did you mean '${near}'?`],
    });
  }
  const [only, ...others] = programs;
  if (only && others.length === 0) return only;
  throw new TraceError('ERR_INPUT', `The file has several programs: ${names.join(', ')}.`, {
    hints: ['choose one with --program NAME'],
  });
}

// ---- what a file is

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46] as const;

export function formatOf(bytes: Uint8Array): FileFormat {
  if (ELF_MAGIC.every((byte, index) => bytes[index] === byte)) return 'object';
  if (isImageFile(bytes)) return 'image';
  const text = textOf(bytes);
  if (text === undefined) return 'bytes';
  return /^[\s\da-f]+$/i.test(text) ? 'hex' : 'assembly';
}

/** The text that the bytes are, or undefined when they are none: code has control characters almost everywhere. */
function textOf(bytes: Uint8Array): string | undefined {
  for (const byte of bytes) if (byte < 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

// ---- text and bytes

const DEFAULT_KIND = 'socket_filter';

function bareProgram(name: string, instructions: readonly Instruction[], options: LoadFileOptions): RuntimeProgram {
  const file = name
    .split('/')
    .at(-1)!
    .replace(/\.\w+$/, '');
  return {
    name: file.replace(/\W/g, '_') || 'program',
    kind: options.kind ?? DEFAULT_KIND,
    ...(options.attachKind !== undefined && { attachKind: options.attachKind }),
    instructions,
    maps: options.maps ?? [],
    license: 'GPL',
    flags: 0,
    index: 0,
  };
}

function assemblyProgram(name: string, text: string, options: LoadFileOptions): RuntimeFile {
  const diagnostics = new Diagnostics();
  const source = { name, text };
  const named = new Map((options.maps ?? []).map((map, index) => [map.name, index]));
  const { instructions, spans } = assemble(source, diagnostics, { maps: named });
  if (diagnostics.hasErrors) return { format: 'assembly', programs: [], diagnostics: diagnostics.list };
  if (instructions.length === 0) throw new TraceError('ERR_INPUT', `${name} has no instructions.`);
  const lines: LineRecord[] = [];
  let line = 1;
  let at = 0;
  for (const [slot, span] of spans.entries()) {
    if (span.start < at) [line, at] = [1, 0];
    for (; at < span.start; at++) if (text.charCodeAt(at) === 0x0a) line++;
    lines.push({ slot, file: name, line, column: 0, text: text.slice(span.start, span.end) });
  }
  const program = { ...bareProgram(name, instructions, options), lines };
  return { format: 'assembly', programs: [program], diagnostics: diagnostics.list };
}

// ---- objects

function objectPrograms(bytes: Uint8Array, options: LoadFileOptions): RuntimeProgram[] {
  const target = options.target?.();
  const object: BpfObject = readObject(bytes, {
    ...(target && { target }),
    ...(options.config && { config: options.config }),
  });
  const image = objectImage(object);
  return object.programs.map((program, index) => {
    const { meaning } = program;
    const attachKind = options.attachKind ?? (options.kind === undefined ? program.attachKind : undefined);
    const attach = image.programs[index]!.attach[0];
    return {
      name: program.name,
      kind: options.kind ?? program.kind,
      ...(attachKind !== undefined && { attachKind }),
      instructions: withAddresses(program, options.kernelSymbol),
      maps: object.maps,
      license: object.license,
      flags: (meaning.sleepable ? SLEEPABLE : 0) | (meaning.fragments ? XDP_FRAGMENTS : 0),
      functions: program.functions,
      lines: program.lines,
      ...(attach && { attach }),
      image,
      index,
    };
  });
}

/** Symbols of the kernel by their addresses; those that it hides, or does not have, are 0. */
function withAddresses(
  { instructions, kernelReferences }: ObjectProgram,
  address: LoadFileOptions['kernelSymbol'],
): readonly Instruction[] {
  const symbols = kernelReferences.filter(({ kind }) => kind === 'kernel-symbol');
  if (symbols.length === 0 || !address) return instructions;
  const filled = instructions.slice();
  for (const { slot, symbol } of symbols) {
    const value = address(symbol) ?? 0n;
    filled[slot] = { ...filled[slot]!, imm: Number(BigInt.asIntN(32, value)) };
    filled[slot + 1] = { ...filled[slot + 1]!, imm: highHalf(value) };
  }
  return filled;
}

// ---- images

function imagePrograms(image: Image, options: LoadFileOptions): RuntimeProgram[] {
  const target = options.target?.();
  const context = {
    maps: image.maps.map((_, index) => index),
    ...(target && { btf: target }),
    ...(options.tracepointField && { tracepointField: options.tracepointField }),
    ...(options.kernelSymbol && { kernelSymbol: options.kernelSymbol }),
    parameter: () => 0n,
  };
  return image.programs.map((program, index) => {
    const { instructions } = relocate(program, context, image.license);
    const attachKind = options.attachKind ?? program.attachKind;
    return {
      name: program.name,
      kind: options.kind ?? program.kind,
      ...(attachKind !== undefined && { attachKind }),
      instructions,
      maps: image.maps,
      license: image.license,
      flags: program.sleepable ? SLEEPABLE : 0,
      lines: imageLines(image, program),
      ...(program.attach[0] && { attach: program.attach[0] }),
      image,
      index,
    };
  });
}

function imageLines(image: Image, program: Program): LineRecord[] {
  return program.lines.map(({ slot, location }) => {
    const { name, text } = image.sources[location.source]!;
    const before = text.slice(0, location.start);
    const start = before.lastIndexOf('\n') + 1;
    const end = text.indexOf('\n', location.start);
    const line = before.split('\n').length;
    return {
      slot,
      file: name,
      line,
      column: location.start - start + 1,
      text: text.slice(start, end === -1 ? undefined : end),
    };
  });
}
