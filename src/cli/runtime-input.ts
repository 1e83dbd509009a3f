// What `run`, `verify`, `explain` and `disasm` have in common: the file with its programs, and options that say what the file
// does not.

import { fromHex } from '../base/bytes.ts';
import { type Diagnostic, renderDiagnostic } from '../base/diagnostic.ts';
import { attachKind, nearestProgramKind, programKind } from '../isa/index.ts';
import {
  type LoadFileOptions,
  loadRuntimeFile,
  machineOptions,
  parseMapOption,
  type RuntimeFile,
} from '../session/runtime/index.ts';
import { readBytes } from './input.ts';
import { UsageError } from './options.ts';

/** Options of every subcommand that reads programs. */
export const PROGRAM_OPTIONS = {
  program: { type: 'string' },
  type: { type: 'string' },
  'attach-type': { type: 'string' },
  map: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

interface ProgramValues {
  readonly program?: string | undefined;
  readonly type?: string | undefined;
  readonly 'attach-type'?: string | undefined;
  readonly map?: readonly string[] | undefined;
}

/** Reads a file; prints what is wrong with its text, and gives undefined then. */
export function readPrograms(file: string, values: ProgramValues): RuntimeFile | undefined {
  const name = file === '-' ? 'stdin' : file;
  const read = loadRuntimeFile(name, readBytes(file), loadOptions(values));
  printDiagnostics(read.diagnostics);
  return read.programs.length > 0 ? read : undefined;
}

/** A file that is no assembly text would have an error on each line. */
const SHOWN_DIAGNOSTICS = 10;

export function printDiagnostics(diagnostics: readonly Diagnostic[]): void {
  for (const diagnostic of diagnostics.slice(0, SHOWN_DIAGNOSTICS)) {
    process.stderr.write(renderDiagnostic(diagnostic));
  }
  const more = diagnostics.length - SHOWN_DIAGNOSTICS;
  if (more > 0) process.stderr.write(`... and ${more} more\n`);
}

function loadOptions(values: ProgramValues): LoadFileOptions {
  const kind = programKindOf(values.type);
  const attach = attachKindOf(values['attach-type']);
  return {
    ...machineOptions(),
    ...(kind !== undefined && { kind }),
    ...(attach !== undefined && { attachKind: attach }),
    maps: (values.map ?? []).map(parseMapOption),
  };
}

/** The short name of a kind of program, by name or the kernel's number. */
export function programKindOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const kind = programKind(/^\d+$/.test(text) ? Number(text) : text);
  if (kind) return kind.name;
  const near = nearestProgramKind(text);
  throw new UsageError(`There is no kind of program '${text}'.`, near === undefined ? [] : [`Did you mean '${near}'?`]);
}

function attachKindOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const kind = attachKind(/^\d+$/.test(text) ? Number(text) : text);
  if (kind) return kind.name;
  throw new UsageError(`There is no attach type '${text}'.`);
}

/** Bytes as an option gives them: hexadecimal digits, or `@FILE`. */
export function bytesOption(name: string, text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  if (text.startsWith('@')) return readBytes(text.slice(1));
  const bytes = fromHex(text);
  if (bytes) return bytes;
  throw new UsageError(`--${name} is not hexadecimal: '${text}'.`, [
    `Give it as --${name} 0011aabb, or --${name} @FILE.`,
  ]);
}

/** A number of at least 1. */
export function countOption(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= 0x7fffffff) return number;
  throw new UsageError(`--${name} is not a number of at least 1: '${text}'.`);
}
