// Reads what a command line names: the program's text or image, its parameters, the process.

import { readFileSync } from 'node:fs';
import { TraceError } from '../base/error.ts';
import type { Source } from '../base/source.ts';
import { type Image, isImageFile, readImage } from '../image/index.ts';
import { type CommandLine, UsageError } from './options.ts';

/** A program to run: a script's text, or an image that was built before. */
export type Input =
  | { readonly kind: 'script'; readonly source: Source }
  | { readonly kind: 'image'; readonly image: Image };

/** Parameters of a script: `$1`, `$2`, ... and `--name=value` after `--`. */
export interface ScriptParameters {
  readonly positional: readonly string[];
  readonly named: readonly string[];
}

export function readInput(line: CommandLine): { input: Input; parameters: ScriptParameters } {
  const text = line.options.evaluate;
  if (typeof text === 'string') {
    const parameters = { positional: line.words, named: line.rest };
    return { input: { kind: 'script', source: { name: 'stdin', text } }, parameters };
  }
  const [file, ...positional] = line.words;
  return { input: readProgram(file!), parameters: { positional, named: line.rest } };
}

/** Reads a script or an image; `-` is standard input. */
export function readProgram(file: string): Input {
  const bytes = readBytes(file);
  if (isImageFile(bytes)) return { kind: 'image', image: readImage(bytes) };
  const name = file === '-' ? 'stdin' : file;
  return { kind: 'script', source: { name, text: new TextDecoder().decode(bytes) } };
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'No such file or directory' : (cause as Error).message;
    throw new TraceError('ERR_INPUT', `failed to open file '${file}': ${reason}`, { cause });
  }
}

/** The largest process id that Linux gives. Source: PID_MAX_LIMIT, include/linux/threads.h. */
const PID_MAX = 0x400000;

/** Reads the value of -p; the wording of its errors is bpftrace's. */
export function readPid(text: string | true | undefined): number | undefined {
  if (typeof text !== 'string') return undefined;
  const digits = /^(0x[0-9a-f]+|\d+)/i.exec(text)?.[0];
  if (digits === undefined) throw new UsageError(`Failed to parse pid: invalid integer: ${text}`);
  if (digits !== text) throw new UsageError(`Failed to parse pid: invalid trailing bytes: ${text}`);
  const pid = Number(digits);
  if (pid < 1 || pid > PID_MAX) throw new UsageError(`Pid out of range: ${text}`);
  return pid;
}
